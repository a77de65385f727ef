"""Curves: an activation with its derivative, and how a training went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netspec.errors import DataError, nearest, quote
from netspec.layer import Activation
from netspec.registry import Registry

from .axes import axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["activation", "history"]

_POINTS = 601


def activation(
    function: Activation | str, span: tuple[float, float] = (-6, 6), *, ax: Axes | None = None
) -> Axes:
    """An activation over the numbers of `span`, and its derivative, dashed."""
    chosen: Any = function
    if isinstance(function, str):
        found: Any = Registry.installed().find(Activation, function)
        chosen = found()
    x = np.linspace(*span, _POINTS)[:, None]
    y = chosen.forward(x)
    slope = chosen.backward(np.ones_like(y), x, y)
    ax = axes(ax)
    ax.plot(x, y, label=chosen.type)
    ax.plot(x, slope, "--", label="derivative")
    ax.grid(alpha=0.3)
    ax.legend(frameon=False)
    ax.set_xlabel("x")
    return ax


def history(
    records: Sequence[Mapping[str, Any]],
    keys: Sequence[str] = (),
    *,
    label: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Numbers of a training over its epochs: `keys`, or the losses.

    `records` are a network's `history`. With `label` several trainings stand on one picture; a
    validation's curve has its training's colour, dashed.
    """
    if not records:
        raise DataError("there is no epoch to draw", "train first")
    chosen = list(keys) or [key for key in ("loss", "val_loss") if key in records[0]]
    known = {key for r in records for key, value in r.items() if value is not None} - {"epoch"}
    for key in chosen:
        if key not in known:
            raise DataError(f"no epoch has {quote(key)}", nearest(key, known))
    ax = axes(ax)
    drawn: dict[str, Any] = {}
    for key in chosen:
        name = key.removeprefix("val_")
        points = [(r["epoch"], r[key]) for r in records if r.get(key) is not None]
        said = f"{label}: {key}" if label and len(chosen) > 1 else label or key
        style = "--" if key != name else "-"
        line = ax.plot(*zip(*points, strict=True), style, label=said, color=drawn.get(name))[0]
        drawn.setdefault(name, line.get_color())
    ax.set_xlabel("epoch")
    if len(drawn) == 1:
        ax.set_ylabel(next(iter(drawn)))
    ax.locator_params(axis="x", integer=True)
    ax.grid(alpha=0.3)
    ax.legend(frameon=False)
    return ax
