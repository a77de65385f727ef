"""Zero padding: a border of zeros around images."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Gradients, Layer, LayerSpec, Program, Shape, Site, Tape

from .fields import Count, image
from .sliding import inward, outward

__all__ = ["ZeroPad2d", "ZeroPad2dLayer"]


class ZeroPad2d(LayerSpec):
    """y[u, v, c] = x[u − top, v − left, c], 0 outside: `(N, H, W, C)`.

    It gives `(N, top + H + bottom, left + W + right, C)`. PyTorch's `ZeroPad2d` with images channels
    last; a side that is left out gets nothing.
    """

    formula: ClassVar[str] = "y[u, v, c] = x[u − top, v − left, c], 0 outside"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"top": 1, "bottom": 2, "left": 3},
        {"left": 1, "right": 1},
    )
    example_shape: ClassVar[Shape] = (3, 2, 2)

    type: Literal["zero_pad2d"] = "zero_pad2d"
    top: Count = Field(default=0, description="rows of zeros above")
    bottom: Count = Field(default=0, description="rows of zeros below")
    left: Count = Field(default=0, description="columns of zeros on the left")
    right: Count = Field(default=0, description="columns of zeros on the right")

    def build(self, site: Site) -> ZeroPad2dLayer:
        return ZeroPad2dLayer(self, site)


class ZeroPad2dLayer(Layer[ZeroPad2d]):
    """The running layer."""

    def __init__(self, spec: ZeroPad2d, site: Site) -> None:
        super().__init__(spec, site)
        height, width, channels = image(site, spec.type)
        self._rows = slice(spec.top, spec.top + height)
        self._columns = slice(spec.left, spec.left + width)
        self.output_shape = (
            spec.top + height + spec.bottom,
            spec.left + width + spec.right,
            channels,
        )

    def forward(self, x: Array, tape: Tape) -> Array:
        height, width, channels = self.output_shape
        y = np.zeros((height, channels, width, len(x)), x.dtype)
        y[self._rows, :, self._columns] = inward(x)
        return outward(y)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂x is the inner part of Δ."""
        return grad[:, self._rows, self._columns], {}

    def lower(self, program: Program) -> str:
        spec = self.spec
        widths = np.array([0, spec.top, spec.left, 0, 0, spec.bottom, spec.right, 0])
        return program.add("Pad", program.x, widths)
