"""A kernel that slides over images: three sums of products, without a copy of every patch.

Inside, an image batch lies in memory as (height, channels, width, batch). Its rows are then copied
once for each column of the kernel, moved by that column: these are the bands. The patches of one row
of outputs are a run of neighbouring bands as they lie in memory, so that one matrix product per row
of outputs is the whole work; runs of neighbouring rows overlap, and nobody copies them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided

from netspec import Array, Shape, aligned, product

from .axis import Axis, Run, by_input, by_output, by_tap

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

    def between(self, channels: int) -> Shape:
        """The shape, a sample, of what lies between input and output: the bands of so many channels,
        and what `spread` adds up."""
        return self.rows.size, self.columns.kernel, channels, self.columns.outputs

    def bands(self, x: Array) -> Array:
        """`(H, C, W, N)` to `(G, H, kernel width · c, output width · N)`; 0 where the padding is."""
        height, channels, width, batch = x.shape
        depth, columns = channels // self.groups, self.columns
        grouped = x.reshape(height, self.groups, depth, width, batch).swapaxes(0, 1)
        if not columns.identical:
            shape = (self.groups, height, columns.kernel, depth, columns.outputs, batch)
            bands = aligned(shape, x.dtype)
            if not columns.inside:
                bands[...] = 0
            for k, (outputs, inputs) in enumerate(by_tap(columns)):
                bands[:, :, k, :, outputs] = grouped[:, :, :, inputs]
            grouped = bands
        return grouped.reshape(self.groups, height, columns.kernel * depth, columns.outputs * batch)

    def correlate(self, bands: Array, weight: Array) -> Array:
        """y[o] = Σ w[o, c, i, j] x[c, + i, + j] from the `bands` of x: `(height, outputs, width, N)`."""
        kernel = self._split(weight).transpose(0, 1, 3, 4, 2)
        groups, out, height, width, depth = kernel.shape
        kernel = kernel.reshape(groups, out, height, width * depth)
        run, columns = bands.shape[-1], self.columns.outputs
        y = np.empty((self.rows.outputs, groups, out, run), bands.dtype)
        for rows in by_output(self.rows):
            product(_joined(kernel[:, :, rows.taps]), _patches(bands, rows, y), y[rows.places])
        return y.reshape(self.rows.outputs, groups * out, columns, run // columns)

    def spread(self, delta: Array, weight: Array) -> Array:
        """The transpose of `correlate`: each output back to every input that it looked at.

        `(height, outputs, width, N)` to `(H, C, W, N)`.
        """
        kernel = self._split(weight)[:, :, :, ::-1].transpose(0, 4, 2, 3, 1)
        groups, width, depth, height, out = kernel.shape
        kernel = kernel.reshape(groups, width * depth, height, out)
        columns, batch = self.columns, delta.shape[-1]
        run = columns.outputs * batch
        stack = delta.reshape(len(delta), groups, out, run).swapaxes(0, 1)
        stack = np.ascontiguousarray(stack)
        moved = np.empty((self.rows.size, groups, width * depth, run), delta.dtype)
        for rows in by_input(self.rows):
            window = _patches(stack, rows, moved)
            product(_joined(kernel[:, :, rows.taps]), window, moved[rows.places])
        moved = moved.reshape(self.rows.size, groups, width, depth, columns.outputs, batch)
        if columns.identical:
            return moved.reshape(self.rows.size, groups * depth, columns.size, batch)
        x = np.zeros((self.rows.size, groups, depth, columns.size, batch), delta.dtype)
        for k, (outputs, inputs) in enumerate(by_tap(columns)):
            x[:, :, :, inputs] += moved[:, :, k, :, outputs]
        return x.reshape(self.rows.size, groups * depth, columns.size, batch)

    def by_kernel(self, bands: Array, delta: Array) -> Array:
        """∂L/∂w from the `bands` of x and ∂L/∂y, `(height, outputs, width, N)`."""
        groups, width = self.groups, self.columns.kernel
        out, depth = delta.shape[1] // groups, bands.shape[2] // width
        delta = delta.reshape(len(delta), groups, out, bands.shape[-1])
        total = np.zeros((groups, self.rows.kernel, width * depth, out), delta.dtype)
        for rows in by_output(self.rows):
            patches = _patches(bands, rows, delta)
            parts = product(patches, delta[rows.places].swapaxes(2, 3))
            part = total[:, rows.taps]
            part += parts.sum(axis=0).reshape(part.shape)
        total = total.reshape(groups, self.rows.kernel, width, depth, out)
        shape = (groups * out, depth, self.rows.kernel, width)
        return np.ascontiguousarray(total.transpose(0, 4, 3, 1, 2)).reshape(shape)

    def _split(self, weight: Array) -> Array:
        """The kernel by groups: `(G, o, c, height, width)`."""
        return weight.reshape(self.groups, -1, *weight.shape[1:])


def _joined(kernel: Array) -> Array:
    """`(G, m, taps, k)` as `(1, G, m, taps · k)`: a view of whole rows."""
    groups, rows, taps, depth = kernel.shape
    return kernel.reshape(1, groups, rows, taps * depth)


def _patches(stack: Array, rows: Run, like: Array) -> Array:
    """What a run of rows looks at in `(G, height, k, run)`: `(rows, G, taps · k, run)`.

    Neighbouring patches overlap in memory; only those of a dilated window are copied.
    """
    groups, _, depth, run = stack.shape
    count = len(range(*rows.places.indices(len(like))))
    if count == 1:
        stop = rows.first + rows.length * rows.step
        patches = stack[None, :, rows.first : stop : rows.step]
    else:
        group, row, *inner = stack.strides
        patches = as_strided(
            stack[:, rows.first :],
            (count, groups, rows.length, depth, run),
            (rows.after * row, group, rows.step * row, *inner),
            writeable=False,
        )
    return patches.reshape(count, groups, rows.length * depth, run)
