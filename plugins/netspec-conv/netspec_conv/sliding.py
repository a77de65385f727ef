"""A kernel that slides over images: three sums of products, and no patch is ever copied.

Inside, an image batch lies in memory as (height, channels, width, batch). Its rows are then copied
once for each column of the kernel, moved by that column: these are the bands. The patches of one row
of outputs are a run of neighbouring bands as they lie in memory, so that one matrix product per row
of outputs is the whole work; runs of neighbouring rows overlap, and nobody copies them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netspec import Array, product

from .axis import Axis, by_input, by_output, by_tap

__all__ = ["Sliding", "inward", "outward"]


def inward(x: Array) -> Array:
    """`(N, H, W, C)` as a contiguous `(H, C, W, N)`; no copy where it lies so already."""
    return np.ascontiguousarray(x.transpose(1, 3, 2, 0))


def outward(x: Array) -> Array:
    """`(H, C, W, N)` seen as `(N, H, W, C)`."""
    return x.transpose(3, 0, 2, 1)


@dataclass(frozen=True)
class Sliding:
    """A cross-correlation, its transpose, and its gradient by the kernel.

    The kernel is `(outputs, inputs / groups, height, width)`; G stands for the groups, c for the
    input channels of one, o for its output channels.
    """

    rows: Axis
    columns: Axis
    groups: int = 1

    def bands(self, x: Array) -> Array:
        """`(H, C, W, N)` to `(G, H, kernel width · c, output width · N)`; 0 where the padding is."""
        height, channels, width, batch = x.shape
        depth, columns = channels // self.groups, self.columns
        grouped = x.reshape(height, self.groups, depth, width, batch).swapaxes(0, 1)
        if not columns.identical:
            make = np.empty if columns.inside else np.zeros
            shape = (self.groups, height, columns.kernel, depth, columns.outputs, batch)
            bands = make(shape, x.dtype)
            for k, (outputs, inputs) in enumerate(by_tap(columns)):
                bands[:, :, k, :, outputs] = grouped[:, :, :, inputs]
            grouped = bands
        return grouped.reshape(self.groups, height, columns.kernel * depth, columns.outputs * batch)

    def correlate(self, bands: Array, weight: Array) -> Array:
        """y[o] = Σ w[o, c, i, j] x[c, + i, + j], as `(height, outputs, width · N)`."""
        kernel = self._split(weight).transpose(0, 1, 3, 4, 2)
        groups, out, height, width, depth = kernel.shape
        kernel = kernel.reshape(groups, out, height, width * depth)
        y = np.empty((self.rows.outputs, groups, out, bands.shape[-1]), bands.dtype)
        for row, (taps, inputs) in enumerate(by_output(self.rows)):
            _products(_joined(kernel[:, :, taps], 2), _joined(bands[:, inputs], 1), y[row])
        return y.reshape(self.rows.outputs, groups * out, bands.shape[-1])

    def spread(self, delta: Array, weight: Array) -> Array:
        """The transpose of `correlate`: each output back to every input that it looked at.

        `(height, outputs, width, N)` to `(H, C, W, N)`.
        """
        kernel = self._split(weight)[:, :, :, ::-1].transpose(0, 4, 2, 3, 1)
        groups, width, depth, height, out = kernel.shape
        kernel = kernel.reshape(groups, width * depth, height, out)
        rows, columns, batch = self.rows, self.columns, delta.shape[-1]
        run = columns.outputs * batch
        stack = delta.reshape(rows.outputs, groups, out, run).swapaxes(0, 1)
        stack = np.ascontiguousarray(stack)
        moved = np.empty((rows.size, groups, width * depth, run), delta.dtype)
        for row, (taps, outputs) in enumerate(by_input(rows)):
            _products(_joined(kernel[:, :, taps], 2), _joined(stack[:, outputs], 1), moved[row])
        if columns.identical:
            return moved.reshape(rows.size, groups * depth, columns.size, batch)
        moved = moved.reshape(rows.size, groups, width, depth, columns.outputs, batch)
        x = np.zeros((rows.size, groups, depth, columns.size, batch), delta.dtype)
        for k, (outputs, inputs) in enumerate(by_tap(columns)):
            x[:, :, :, inputs] += moved[:, :, k, :, outputs]
        return x.reshape(rows.size, groups * depth, columns.size, batch)

    def by_kernel(self, bands: Array, delta: Array) -> Array:
        """∂L/∂w from `bands` of x and ∂L/∂y, `(height, outputs, width, N)`."""
        groups, width = self.groups, self.columns.kernel
        out, depth = delta.shape[1] // groups, bands.shape[2] // width
        rows = delta.reshape(self.rows.outputs, groups, out, bands.shape[-1]).swapaxes(2, 3)
        total = np.zeros((groups, self.rows.kernel, width * depth, out), delta.dtype)
        for row, (taps, inputs) in enumerate(by_output(self.rows)):
            part = total[:, taps]
            part += _products(_joined(bands[:, inputs], 1), rows[row]).reshape(part.shape)
        total = total.reshape(groups, self.rows.kernel, width, depth, out)
        shape = (groups * out, depth, self.rows.kernel, width)
        return np.ascontiguousarray(total.transpose(0, 4, 3, 1, 2)).reshape(shape)

    def _split(self, weight: Array) -> Array:
        """The kernel by groups: `(G, o, c, height, width)`."""
        return weight.reshape(self.groups, -1, *weight.shape[1:])


def _joined(a: Array, axis: int) -> Array:
    """The axis and the next one as one: a view wherever the memory allows it."""
    shape = a.shape
    return a.reshape(*shape[:axis], shape[axis] * shape[axis + 1], *shape[axis + 2 :])


def _products(a: Array, b: Array, out: Array | None = None) -> Array:
    """A matrix product for each group."""
    if len(a) > 1:
        return np.matmul(a, b, out)
    return product(a[0], b[0], None if out is None else out[0])[None]
