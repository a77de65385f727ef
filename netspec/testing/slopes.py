"""Derivatives measured by differences, and where one that was computed departs from them.

All in float64, by central differences of width 2h, h = 1e-5: the error is about h² of the third
derivative and 1e-11 of the values. Where the slopes to the left and to the right differ, there is a
kink, no derivative, and nothing is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from netspec.arrays import Array

__all__ = ["Slope", "compared", "slopes"]

_H = 1e-5
_RELATIVE = 1e-5
_ABSOLUTE = 1e-7
_KINK = 1e-3
# Elements of one array that are measured; of a larger one, some that are spread evenly.
_MOST = 120


class Slope(NamedTuple):
    """The measured derivative by one element of an array."""

    at: tuple[int, ...]
    value: float


def slopes(array: Array, weighed: Callable[[], Array], grad: Array) -> Iterator[Slope]:
    """∂(Σ grad · y)/∂a for elements a of `array`, which is moved in place; y = `weighed()`."""
    middle = weighed()
    for flat in np.unique(np.linspace(0, array.size - 1, min(_MOST, array.size)).astype(int)):
        at = tuple(int(n) for n in np.unravel_index(flat, array.shape))
        kept = array[at]
        array[at] = kept + _H
        right = float((grad * (weighed() - middle)).sum()) / _H
        array[at] = kept - _H
        left = float((grad * (middle - weighed())).sum()) / _H
        array[at] = kept
        if abs(right - left) <= _KINK * max(1.0, abs(right), abs(left)):
            yield Slope(at, (right + left) / 2)


def compared(name: str, computed: Array, measured: list[Slope], size: int) -> Iterator[str]:
    """A fault that names the element which is most wrong, where any is."""
    if size and 2 * len(measured) < min(size, _MOST):
        yield f"{name}: no slope could be measured: the output jumps or is not a function of it"
        return
    scale = max([1.0, *(abs(slope.value) for slope in measured)])
    off = {slope: abs(float(computed[slope.at]) - slope.value) for slope in measured}
    wrong = [
        slope
        for slope, error in off.items()
        if not error <= _RELATIVE * abs(slope.value) + _ABSOLUTE * scale
    ]
    if not wrong:
        return
    worst = max(wrong, key=lambda slope: off[slope])
    where = f"{name}{list(worst.at)}" if worst.at else name
    yield (
        f"{where} is {float(computed[worst.at]):.6g}, the slope is {worst.value:.6g} "
        f"(off by {off[worst]:.3g}; {len(wrong)} of {len(measured)} elements are wrong"
        f"{_factor(computed, measured)})"
    )


def _factor(computed: Array, measured: list[Slope]) -> str:
    """A word about a factor that all elements are wrong by, which tells what was forgotten."""
    ratios = [float(computed[s.at]) / s.value for s in measured if abs(s.value) > 1e-3]
    if len(ratios) > 1 and np.ptp(ratios) <= 1e-4 * abs(ratios[0]):
        return f", all by the factor {ratios[0]:.4g}"
    return ""
