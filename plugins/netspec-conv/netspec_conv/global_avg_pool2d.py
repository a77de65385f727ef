"""Global average pooling: the mean of each channel."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Array, Gradients, Layer, LayerSpec, Program, Shape, Site, Tape

from .fields import image

__all__ = ["GlobalAvgPool2d", "GlobalAvgPool2dLayer"]


class GlobalAvgPool2d(LayerSpec):
    """y[c] = Σ x[u, v, c] / (H W): `(N, H, W, C)` to `(N, C)`.

    PyTorch's `AdaptiveAvgPool2d(1)` with images channels last. Lin, Chen and Yan, Network in
    network, 2014.
    """

    formula: ClassVar[str] = "y[c] = mean x[u, v, c]"
    example_shape: ClassVar[Shape] = (4, 3, 2)

    type: Literal["global_avg_pool2d"] = "global_avg_pool2d"

    def build(self, site: Site) -> GlobalAvgPool2dLayer:
        return GlobalAvgPool2dLayer(self, site)


class GlobalAvgPool2dLayer(Layer[GlobalAvgPool2d]):
    """The running layer."""

    def __init__(self, spec: GlobalAvgPool2d, site: Site) -> None:
        super().__init__(spec, site)
        height, width, channels = image(site, spec.type)
        self.output_shape = (channels,)
        self.scale = 1 / (height * width)

    def forward(self, x: Array, tape: Tape) -> Array:
        return np.ascontiguousarray(x.sum(axis=(1, 2)) * self.scale)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """Every pixel gets the same share of Δ."""
        if not tape.wants_input_gradient:
            return None, {}
        each = (grad * self.scale)[:, None, None]
        return np.broadcast_to(each, (len(grad), *self.input_shape)), {}

    def lower(self, program: Program) -> str:
        y = program.mean(program.x, (1, 2))
        return program.reshape(y, self.output_shape)
