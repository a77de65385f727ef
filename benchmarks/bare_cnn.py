"""What numpy itself can do for the convolutional network: one hand-written loop, with no library.

As `bare.py`, and with everything that a library of separate layers cannot do: bias and rectifier come
after the pooling, where there are four times fewer values, the pooling takes rows first, which gives
the gradient of equal values to another than PyTorch does, and nothing is general. Arrays lie in
memory as (height, channels, width, batch); a row of outputs is one product over a run of rows that
are copied once for each column of the kernel.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

import netspec

from .bare import Flat, adam
from .plugged import RATE, Digits
from .rivals import Rival

__all__ = ["bare_cnn"]

_Array = np.ndarray[Any, Any]


class _Convolution:
    """A kernel of five by five over rows of images, and its pooling by two."""

    def __init__(self, weight: _Array, bias: _Array, slopes: tuple[_Array, _Array]) -> None:
        # (outputs, 5 rows · 5 columns · channels), as the rows of images lie.
        self.weight, self.bias, self.slopes = weight, bias, slopes

    def forward(self, x: _Array) -> _Array:
        height, channels, width, batch = x.shape
        rows, columns = height - 4, width - 4
        bands = np.empty((height, 5, channels, columns, batch), np.float32)
        for k in range(5):
            bands[:, k] = x[:, :, k : k + columns]
        self.patches = _windows(bands.reshape(height, 5 * channels, columns * batch), rows)
        z = _by_halves(self.weight, self.patches)
        self.upper = z[0::2] >= z[1::2]
        z = np.maximum(z[0::2], z[1::2])
        pairs = z.reshape(rows // 2, -1, columns // 2, 2, batch)
        self.left = pairs[..., 0, :] >= pairs[..., 1, :]
        y = np.maximum(pairs[..., 0, :], pairs[..., 1, :])
        y += self.bias[:, None, None]
        self.output = np.maximum(y, 0, out=y)
        return y

    def backward(self, delta: _Array) -> _Array:
        """The gradients go to the slopes; returns ∂L/∂z, `(rows, outputs, columns · batch)`."""
        rows, outputs, columns, batch = delta.shape
        delta *= self.output > 0
        delta.sum(axis=(0, 2, 3), out=self.slopes[1])
        across = np.empty((rows, outputs, columns, 2, batch), np.float32)
        np.multiply(delta, self.left, out=across[..., 0, :])
        np.subtract(delta, across[..., 0, :], out=across[..., 1, :])
        across = across.reshape(rows, outputs, -1)
        dz = np.empty((2 * rows, outputs, 2 * columns * batch), np.float32)
        np.multiply(across, self.upper, out=dz[0::2])
        np.subtract(across, dz[0::2], out=dz[1::2])
        parts = np.matmul(self.patches, np.ascontiguousarray(dz.swapaxes(1, 2)))
        self.slopes[0][...] = parts.sum(axis=0).T
        return dz

    def spread(self, dz: _Array, batch: int) -> _Array:
        """∂L/∂x from ∂L/∂z: the same products over rows with zeros around them, then five sums."""
        rows, outputs, run = dz.shape
        padded = np.zeros((rows + 8, outputs, run), np.float32)
        padded[4:-4] = dz
        kernel = self.weight.reshape(outputs, 5, -1)[:, ::-1].transpose(2, 1, 0)
        kernel = np.ascontiguousarray(kernel).reshape(-1, 5 * outputs)
        moved = _by_halves(kernel, _windows(padded, rows + 4))
        columns = run // batch
        moved = moved.reshape(rows + 4, 5, -1, columns, batch)
        x = np.zeros((rows + 4, moved.shape[2], columns + 4, batch), np.float32)
        for k in range(5):
            x[:, :, k : k + columns] += moved[:, k]
        return x


def _windows(stack: _Array, rows: int) -> _Array:
    """Runs of five neighbouring rows, which overlap in memory: `(rows, 5 · depth, run)`."""
    _, depth, run = stack.shape
    return as_strided(stack, (rows, 5 * depth, run), stack.strides)


def _by_halves(kernel: _Array, patches: _Array) -> _Array:
    """The products in two halves, small enough for OpenBLAS's kernel without packing."""
    rows, inner, run = patches.shape
    halves = patches.reshape(rows, inner, 2, run // 2).swapaxes(1, 2)
    out = np.empty((rows, len(kernel), 2, run // 2), np.float32)
    np.matmul(kernel, halves, out.swapaxes(1, 2))
    return out.reshape(rows, len(kernel), run)


def _as_they_lie(params: dict[str, _Array]) -> list[_Array]:
    """netspec's initial parameters, their inputs in the order in which they lie here."""
    first, bias_1, second, bias_2, wide, bias_3, last, bias_4 = params.values()
    kernels = [each.transpose(0, 2, 3, 1).reshape(len(each), -1) for each in (first, second)]
    # What was flattened as (height, width, channels) lies here as (height, channels, width).
    wide = wide.reshape(-1, 4, 4, 16).transpose(0, 1, 3, 2).reshape(len(wide), -1)
    return [kernels[0], bias_1, kernels[1], bias_2, wide, bias_3, last, bias_4]


def bare_cnn(digits: Digits) -> Rival:
    """One epoch from netspec's initial weights over the same batches, in the same order."""
    part, size = digits.data.train, digits.batch_size
    batches = [
        (part.inputs[at : at + size, :, :, 0], part.targets[at : at + size])
        for at in range(0, len(part), size)
    ]

    def run() -> float:
        with np.errstate():
            # Else numpy copies every line of an array whose lines do not lie end to end.
            np.setbufsize(1024)
            return epoch()

    def epoch() -> float:
        flat = Flat(_as_they_lie(netspec.build(digits.spec(1)).params()))
        w1, b1, w2, b2, w3, b3, w4, b4 = flat.params
        g1, h1, g2, h2, g3, h3, g4, h4 = flat.slopes
        first, second = _Convolution(w1, b1, (g1, h1)), _Convolution(w2, b2, (g2, h2))
        step = adam(flat, RATE)
        total = 0.0
        for t, (images, target) in enumerate(batches, 1):
            count = len(target)
            x = np.ascontiguousarray(images.transpose(1, 2, 0))[:, None]
            features = second.forward(first.forward(x)).reshape(-1, count)
            hidden = np.dot(w3, features)
            hidden += b3[:, None]
            np.maximum(hidden, 0, out=hidden)
            scores = np.dot(w4, hidden)
            scores += b4[:, None]
            scores -= scores.max(axis=0)
            np.exp(scores, scores)
            scores /= scores.sum(axis=0)
            places = np.arange(count)
            total -= float(np.log(scores[target, places]).sum())
            scores[target, places] -= 1
            scores *= 1 / count

            np.dot(scores, hidden.T, g4)
            scores.sum(axis=1, out=h4)
            delta = np.dot(w4.T, scores)
            delta *= hidden > 0
            np.dot(delta, features.T, g3)
            delta.sum(axis=1, out=h3)
            delta = np.dot(w3.T, delta).reshape(second.output.shape)
            first.backward(second.spread(second.backward(delta), count))
            step(t)
        return total / len(part)

    return run
