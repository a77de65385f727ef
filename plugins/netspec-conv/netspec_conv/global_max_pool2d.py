"""Global max pooling: the largest value of each channel."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Array, Gradients, Layer, LayerSpec, Program, Shape, Site, Tape

from .fields import image

__all__ = ["GlobalMaxPool2d", "GlobalMaxPool2dLayer"]


class GlobalMaxPool2d(LayerSpec):
    """y[c] = max x[u, v, c] over all u and v: `(N, H, W, C)` to `(N, C)`.

    Of equal values the first, row by row, gets the gradient. PyTorch's `AdaptiveMaxPool2d(1)` with
    images channels last.
    """

    formula: ClassVar[str] = "y[c] = max x[u, v, c]"
    example_shape: ClassVar[Shape] = (4, 3, 2)

    type: Literal["global_max_pool2d"] = "global_max_pool2d"

    def build(self, site: Site) -> GlobalMaxPool2dLayer:
        return GlobalMaxPool2dLayer(self, site)


class GlobalMaxPool2dLayer(Layer[GlobalMaxPool2d]):
    """The running layer."""

    def __init__(self, spec: GlobalMaxPool2d, site: Site) -> None:
        super().__init__(spec, site)
        height, width, channels = image(site, spec.type)
        self.output_shape = (channels,)
        self._pixels = height * width

    def forward(self, x: Array, tape: Tape) -> Array:
        pixels = x.reshape(len(x), self._pixels, *self.output_shape)
        largest = pixels.argmax(axis=1)[:, None]
        tape.save(self, largest)
        return np.take_along_axis(pixels, largest, axis=1)[:, 0]

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """Δ goes to the largest pixel."""
        if not tape.wants_input_gradient:
            return None, {}
        (largest,) = tape.load(self)
        dx = np.zeros((len(grad), self._pixels, *self.output_shape), grad.dtype)
        np.put_along_axis(dx, largest, grad[:, None], axis=1)
        return dx.reshape(len(grad), *self.input_shape), {}

    def lower(self, program: Program) -> str:
        return program.add("ReduceMax", program.x, np.array([1, 2]), keepdims=0)
