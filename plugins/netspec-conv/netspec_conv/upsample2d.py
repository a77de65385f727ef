"""Upsampling: images made larger."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Gradients, Layer, LayerSpec, Program, Shape, Site, Tape, product

from .fields import Sizes, image, pair
from .lowering import channels_first, channels_last
from .sliding import inward, outward

__all__ = ["Upsample2d", "Upsample2dLayer"]


class Upsample2d(LayerSpec):
    """y = R x Sᵀ for each channel, R and S of weights that sum to 1: `(N, H, W, C)`.

    It gives `(N, scale H, scale W, C)`. `nearest` repeats each pixel; `bilinear` weighs the two
    nearest on each axis by how near their centres are, and repeats the edge outside. PyTorch's
    `Upsample(scale_factor, mode, align_corners=False)` with images channels last.
    """

    formula: ClassVar[str] = "y = R x Sᵀ"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {},
        {"scale": [3, 2], "mode": "bilinear"},
    )
    example_shape: ClassVar[Shape] = (3, 2, 2)

    type: Literal["upsample2d"] = "upsample2d"
    scale: Sizes = Field(
        default=2, description="how many times larger: one number, or [vertical, horizontal]"
    )
    mode: Literal["nearest", "bilinear"] = Field(
        default="nearest", description="whether pixels are repeated or lie between their neighbours"
    )

    def build(self, site: Site) -> Upsample2dLayer:
        return Upsample2dLayer(self, site)


class Upsample2dLayer(Layer[Upsample2d]):
    """The running layer."""

    def __init__(self, spec: Upsample2d, site: Site) -> None:
        super().__init__(spec, site)
        height, width, channels = image(site, spec.type)
        vertical, horizontal = pair(spec.scale)
        self.output_shape = (height * vertical, width * horizontal, channels)

    def forward(self, x: Array, tape: Tape) -> Array:
        rows, columns = self._weights(x)
        return outward(_sums(inward(x), rows, columns))

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂x = Rᵀ Δ S."""
        if not tape.wants_input_gradient:
            return None, {}
        rows, columns = self._weights(grad)
        return outward(_sums(inward(grad), rows.T, columns.T)), {}

    def _weights(self, x: Array) -> tuple[Array, Array]:
        """R and S."""
        vertical, horizontal = pair(self.spec.scale)
        height, width, _ = self.input_shape
        weights = _repeated if self.spec.mode == "nearest" else _between
        return weights(height, vertical, x.dtype.char), weights(width, horizontal, x.dtype.char)

    def lower(self, program: Program) -> str:
        scales = np.array([1, 1, *pair(self.spec.scale)], np.float32)
        options = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
        if self.spec.mode == "nearest":
            options = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        y = program.add("Resize", channels_first(program, program.x), "", scales, **options)
        return channels_last(program, y)


def _sums(x: Array, rows: Array, columns: Array) -> Array:
    """Both axes of `(H, C, W, N)` through their matrices."""
    height, channels, width, batch = x.shape
    wide = np.matmul(columns, x.reshape(height * channels, width, batch))
    high = product(rows, wide.reshape(height, channels * len(columns) * batch))
    return high.reshape(len(rows), channels, len(columns), batch)


@lru_cache(maxsize=64)
def _repeated(size: int, scale: int, dtype: str) -> Array:
    """`(scale · size, size)`: each value, so many times."""
    return _frozen(np.repeat(np.eye(size, dtype=dtype), scale, axis=0))


@lru_cache(maxsize=64)
def _between(size: int, scale: int, dtype: str) -> Array:
    """`(scale · size, size)`: the two values nearest to each place, the edge's own outside."""
    place = np.clip((np.arange(scale * size) + 0.5) / scale - 0.5, 0, size - 1)
    distance = np.abs(place[:, None] - np.arange(size))
    return _frozen(np.maximum(0, 1 - distance).astype(dtype))


def _frozen(weights: Array) -> Array:
    weights.flags.writeable = False
    return weights
