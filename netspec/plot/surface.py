"""The loss as a surface over two parameters, and training as a path on it."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netspec.arrays import Array
from netspec.network import SequentialNetwork

from .axes import axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Parameter", "Trace", "loss_surface"]

Parameter = tuple[str, tuple[int, ...]]
"""One number of a network: the path of its array, and its index: `("dense_1.weight", (0, 0))`."""

_LEVELS = 30


class Trace:
    """The way of two parameters through a training: `fit(…, progress=trace)` fills `points`."""

    def __init__(self, network: SequentialNetwork, first: Parameter, second: Parameter) -> None:
        arrays = network.params()
        self._numbers = [(arrays[path], index) for path, index in (first, second)]
        self.points: list[tuple[float, ...]] = [self._here()]

    def __call__(self, training: Any) -> None:
        here = self._here()
        if here != self.points[-1]:
            self.points.append(here)

    def _here(self) -> tuple[float, ...]:
        return tuple(float(array[index]) for array, index in self._numbers)


def loss_surface(
    network: SequentialNetwork,
    x: Any,
    y: Any,
    first: Parameter,
    second: Parameter,
    *,
    spans: tuple[tuple[float, float], tuple[float, float]],
    paths: Mapping[str, Sequence[tuple[float, ...]]] | None = None,
    points: int = 41,
    ax: Axes | None = None,
) -> Axes:
    """The loss over all samples where two parameters run over their spans and the others stay.

    Each shade covers as much of the picture as the next, so that flat and steep places are both seen.
    `paths` are drawn upon it under their names: what a `Trace` kept. The network stays as it is.
    """
    ax = axes(ax, 5.5, 4.2)
    from matplotlib.colors import BoundaryNorm

    a, b = (np.linspace(*span, points) for span in spans)
    losses = _losses(network, x, y, (first, second), a, b)
    levels = np.unique(np.quantile(losses, np.linspace(0, 1, _LEVELS)))
    shades = BoundaryNorm(levels, 256)
    filled = ax.contourf(a, b, losses.T, levels=levels, norm=shades, cmap="Blues_r")
    ax.figure.colorbar(filled, ax=ax, label="loss", format="%.3g", ticks=levels[::4])
    ax.set_autoscale_on(False)
    for at, (name, path) in enumerate((paths or {}).items()):
        ax.plot(*zip(*path, strict=True), ".-", color=f"C{at + 1}", label=name, lw=1, ms=4)
        ax.plot(*path[-1], "o", color=f"C{at + 1}", ms=7, mec="white")
    if paths:
        ax.legend(fontsize=8)
    ax.locator_params(axis="x", nbins=6)
    ax.set_xlabel(_name(first))
    ax.set_ylabel(_name(second))
    return ax


def _losses(
    network: SequentialNetwork,
    x: Any,
    y: Any,
    numbers: tuple[Parameter, Parameter],
    a: Array,
    b: Array,
) -> Array:
    moved = copy.deepcopy(network)
    moved.unlock()
    (first, at_first), (second, at_second) = ((moved.params()[path], i) for path, i in numbers)
    losses = np.empty((len(a), len(b)))
    for row, value in enumerate(a):
        first[at_first] = value
        for column, other in enumerate(b):
            second[at_second] = other
            losses[row, column] = moved.evaluate(x, y)["loss"]
    return losses


def _name(parameter: Parameter) -> str:
    path, index = parameter
    return f"{path}[{', '.join(map(str, index))}]"
