"""Windows that are reduced to one value, an axis at a time."""

from __future__ import annotations

from functools import reduce
from typing import TypeVar

import numpy as np

from netspec import Array, Gradients, Layer, LayerSpec, Tape, aligned

from .axis import Axis, by_tap
from .sliding import inward, outward

__all__ = ["MaxPoolingLayer", "MeanPoolingLayer", "highest", "share", "spread", "sums"]

_S = TypeVar("_S", bound=LayerSpec)

# The axes of images as they lie in memory: (H, C, W, N).
_ROWS, _COLUMNS = 0, 2


class PoolingLayer(Layer[_S]):
    """A running pooling layer: its constructor says `rows` and `columns`.

    A sequence is an image of one row.
    """

    rows: Axis
    columns: Axis

    def _inward(self, x: Array) -> Array:
        return inward(x if x.ndim == 4 else x[:, None])

    def _outward(self, y: Array) -> Array:
        images = outward(y)
        return images if len(self.input_shape) == 3 else images[:, 0]


class MaxPoolingLayer(PoolingLayer[_S]):
    """The largest value of each window: of each row of the window first, then of these."""

    def forward(self, x: Array, tape: Tape) -> Array:
        x = self._inward(x)
        across = highest(x, self.columns, _COLUMNS)
        y = highest(across, self.rows, _ROWS)
        tape.save(self, x, across, y)
        return self._outward(y)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """Δ goes to the largest value, of equal ones to the first, row by row."""
        if not tape.wants_input_gradient:
            return None, {}
        x, across, y = tape.load(self)
        delta = share(self._inward(grad), across, y, self.rows, _ROWS)
        return self._outward(share(delta, x, across, self.columns, _COLUMNS)), {}


class MeanPoolingLayer(PoolingLayer[_S]):
    """The mean of each window; `scale` is 1 over the number of values that it counts."""

    scale: float

    def forward(self, x: Array, tape: Tape) -> Array:
        y = sums(sums(self._inward(x), self.columns, _COLUMNS), self.rows, _ROWS)
        return self._outward(y * self.scale)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """Every value of a window gets its share of Δ."""
        if not tape.wants_input_gradient:
            return None, {}
        delta = spread(self._inward(grad) * self.scale, self.rows, _ROWS)
        return self._outward(spread(delta, self.columns, _COLUMNS)), {}


def highest(x: Array, axis: Axis, at: int) -> Array:
    """The largest value of each window along the axis `at` of x."""
    meetings = by_tap(axis)
    if axis.inside:
        return reduce(np.maximum, (x[_along(at, inputs)] for _, inputs in meetings))
    y = np.full(_resized(x, at, axis.outputs), -np.inf, x.dtype)
    for outputs, inputs in meetings:
        part = y[_along(at, outputs)]
        np.maximum(part, x[_along(at, inputs)], out=part)
    return y


def share(delta: Array, x: Array, y: Array, axis: Axis, at: int) -> Array:
    """Give each δ to the first x of its window that is y, the largest."""
    *earlier, last = by_tap(axis)
    if axis.tiles:
        # Every value is written once: what is still left of Δ lies in the last taps' places.
        dx = aligned(x.shape, x.dtype)
        left, rest = delta, dx[_along(at, last[1])]
        for _, inputs in earlier:
            here = _along(at, inputs)
            won = np.multiply(left, x[here] == y, out=dx[here])
            left = np.subtract(left, won, out=rest)
        if not earlier:
            rest[...] = delta
        return dx
    dx, left = np.zeros_like(x), delta.copy()
    for outputs, inputs in earlier:
        here, there = _along(at, inputs), _along(at, outputs)
        won = left[there] * (x[here] == y[there])
        left[there] -= won
        dx[here] += won
    dx[_along(at, last[1])] += left[_along(at, last[0])]
    return dx


def sums(x: Array, axis: Axis, at: int) -> Array:
    """The sum of each window."""
    meetings = by_tap(axis)
    if axis.inside:
        return reduce(np.add, (x[_along(at, inputs)] for _, inputs in meetings))
    y = np.zeros(_resized(x, at, axis.outputs), x.dtype)
    for outputs, inputs in meetings:
        y[_along(at, outputs)] += x[_along(at, inputs)]
    return y


def spread(delta: Array, axis: Axis, at: int) -> Array:
    """The transpose of `sums`: each δ to every value of its window."""
    make = np.empty if axis.tiles else np.zeros
    dx = make(_resized(delta, at, axis.size), delta.dtype)
    for outputs, inputs in by_tap(axis):
        _put(dx, _along(at, inputs), delta[_along(at, outputs)], axis)
    return dx


def _put(dx: Array, here: tuple[slice, ...], values: Array, axis: Axis) -> None:
    """Add the values; where windows cover everything once, there is nothing to add to."""
    if axis.tiles:
        dx[here] = values
    else:
        dx[here] += values


def _along(at: int, part: slice) -> tuple[slice, ...]:
    return (*(slice(None),) * at, part)


def _resized(x: Array, at: int, size: int) -> tuple[int, ...]:
    return (*x.shape[:at], size, *x.shape[at + 1 :])
