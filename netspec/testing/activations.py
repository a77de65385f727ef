"""What an activation promises beside what every layer does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netspec.layer import Activation

from .bench import Bench, grid
from .findings import Check

__all__ = ["ACTIVATION"]


def _of(bench: Bench) -> Activation:
    assert isinstance(bench.spec, Activation)
    return bench.spec


def _probabilities(bench: Bench) -> Iterator[str]:
    """What gives probabilities gives numbers from 0 to 1."""
    if _of(bench).gives != "probabilities":
        return
    y = _of(bench).forward(grid((bench.batch, 4), 50.0))
    if (y < 0).any() or (y > 1).any():
        yield f"it gives numbers from {y.min():.3g} to {y.max():.3g}"


def _elementwise(bench: Bench) -> Iterator[str]:
    """Unless it says otherwise, an output depends on its own input alone."""
    x = grid((5, 4), 3.0)
    y = _of(bench).forward(x)
    alone = True
    for column in range(4):
        other = grid((5, 4), 3.0, seed=1)
        other[:, column] = x[:, column]
        alone &= np.array_equal(_of(bench).forward(other)[:, column], y[:, column])
    if _of(bench).elementwise and not alone:
        yield "an output changes with its neighbours' inputs: say elementwise = False"
    if not _of(bench).elementwise and alone:
        yield "an output depends on its own input alone: leave elementwise True"


def _extremes(bench: Bench) -> Iterator[str]:
    """At 0 and at the largest numbers of float32 neither output nor slope is NaN."""
    x = np.array([[0.0, 1e-30, 90.0, -90.0], [1e4, -1e4, 3e38, -3e38]], np.float32)
    with np.errstate(all="ignore"):
        y = _of(bench).forward(x)
        slope = _of(bench).backward(np.ones_like(x), x, y)
    for what, values in (("the output", y), ("the slope", slope)):
        for at in np.argwhere(np.isnan(values)):
            yield f"{what} at {x[tuple(at)]:.3g} is NaN"


ACTIVATION: tuple[Check[Bench], ...] = (_probabilities, _elementwise, _extremes)
