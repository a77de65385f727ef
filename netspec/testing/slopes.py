"""Derivatives measured by differences, and where one that was computed departs from them.

All in float64, by central differences of width 2h, h = 1e-5: the error is about h² of the third
derivative and 1e-11 of the values. Where the slopes to the left and to the right differ, a smaller
step decides: if they agree then, the function is steep; if it finds both again, there is a kink, and
nothing is compared; else the function jumps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from netspec.arrays import Array

from .causes import common, near

__all__ = ["Slope", "compared", "elements", "jacobian", "slopes"]

_H = 1e-5
_KINK = 1e-3
# Elements of one array that are measured; of a larger one, some that are spread evenly.
_MOST = 120


class Slope(NamedTuple):
    """The measured derivative by one element of an array."""

    at: tuple[int, ...]
    value: float


def elements(array: Array) -> Array:
    """The flat places of the elements that are measured."""
    return np.unique(np.linspace(0, array.size - 1, min(_MOST, array.size)).astype(int))


def slopes(array: Array, weighed: Callable[[], Array], grad: Array) -> Iterator[Slope]:
    """∂(Σ grad · y)/∂a for elements a of `array`, which is moved in place; y = `weighed()`.

    The value is NaN at a kink. At a jump there is no slope, and none is given.
    """
    middle = weighed()

    def sides(at: tuple[int, ...], h: float) -> tuple[float, float]:
        right, left = _moved(array, at, weighed, h)
        return float((grad * (right - middle)).sum()) / h, float((grad * (middle - left)).sum()) / h

    for at in _places(array):
        wide = sides(at, _H)
        close = wide if _smooth(*wide) else sides(at, _H / 10)
        if _smooth(*close):
            yield Slope(at, sum(close) / 2)
        elif np.allclose(close, wide, rtol=0.1, atol=_KINK):
            yield Slope(at, np.nan)


def jacobian(array: Array, output: Callable[[], Array]) -> Array:
    """∂y/∂a, a row for each of the `elements` of y = `output()`, a column for each of `array`.

    NaN stands where there is a kink.
    """
    middle = output()
    rows = elements(middle)
    columns = []
    for at in _places(array):
        right, left = _moved(array, at, output, _H)
        ahead, behind = (right - middle).ravel()[rows] / _H, (middle - left).ravel()[rows] / _H
        columns.append(np.where(_smooth(ahead, behind), (ahead + behind) / 2, np.nan))
    return np.stack(columns, axis=1)


def _places(array: Array) -> Iterator[tuple[int, ...]]:
    for flat in elements(array):
        yield tuple(int(n) for n in np.unravel_index(flat, array.shape))


def _moved(
    array: Array, at: tuple[int, ...], output: Callable[[], Array], h: float
) -> tuple[Array, Array]:
    """The outputs where one element is larger, and smaller, by h."""
    kept = array[at]
    array[at] = kept + h
    right = output()
    array[at] = kept - h
    left = output()
    array[at] = kept
    return right, left


def _smooth(ahead: Any, behind: Any) -> Any:
    """Whether the slopes to the right and to the left are one."""
    size = np.maximum(np.maximum(np.abs(ahead), np.abs(behind)), 1.0)
    return np.abs(ahead - behind) <= _KINK * size


def compared(
    name: str,
    computed: Array,
    measured: list[Slope],
    size: int,
    why: Callable[[], str] | None = None,
) -> Iterator[str]:
    """A fault that names the element which is most wrong, where any is, and the cause.

    `why` looks for the cause more closely than these slopes allow.
    """
    if size and 2 * len(measured) < min(size, _MOST):
        yield (
            f"{name.rstrip(', ')}: no slope could be measured: "
            "the output jumps or is not a function of it"
        )
        return
    measured = [slope for slope in measured if np.isfinite(slope.value)]
    got = np.array([float(computed[slope.at]) for slope in measured])
    want = np.array([slope.value for slope in measured])
    wrong = ~near(got, want)
    if not wrong.any():
        return
    off = np.abs(got - want)
    worst = int(np.nanargmax(np.where(np.isnan(off), np.inf, off)))
    at = measured[worst].at
    yield (
        f"{name}{list(at) if at else ''} is {got[worst]:.6g}, the slope is {want[worst]:.6g} "
        f"(off by {off[worst]:.3g}; {wrong.sum()} of {len(measured)} elements are wrong"
        f"{why() if why else common(got, want)})"
    )
