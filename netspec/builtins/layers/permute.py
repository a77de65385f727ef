"""Permute: the axes of a sample in another order."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Gradients, Layer, LayerSpec, Many, Program, Shape, Site, SpecError, Tape

__all__ = ["Permute", "PermuteLayer"]


class Permute(LayerSpec):
    """Axis i of y is axis `axes[i]` of x; axes are those of a sample and count from 0.

    So `[1, 2, 0]` turns `(channels, height, width)` into `(height, width, channels)`. It takes
    numbers of any dtype and keeps it. PyTorch's `permute`, without the batch axis.
    """

    accepts: ClassVar[str] = "fiub"
    formula: ClassVar[str] = "y[i₁, i₂, …] = x[i_axes]"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"axes": [2, 0, 1]},)
    example_shape: ClassVar[Shape] = (2, 3, 4)

    type: Literal["permute"] = "permute"
    axes: Many[Annotated[int, Field(ge=0)]] = Field(description="the axes of x in their new order")

    def build(self, site: Site) -> PermuteLayer:
        return PermuteLayer(self, site)


class PermuteLayer(Layer[Permute]):
    """The running layer."""

    def __init__(self, spec: Permute, site: Site) -> None:
        super().__init__(spec, site)
        if sorted(spec.axes) != list(range(len(site.input_shape))):
            raise SpecError(
                f"axes is {list(spec.axes)}, and {site.input_shape} comes in",
                f"name each axis from 0 to {len(site.input_shape) - 1} once"
                if site.input_shape
                else "a single value has no axes",
                path=("axes",),
            )
        self.output_shape = tuple(site.input_shape[axis] for axis in spec.axes)
        self.output_dtype = site.input_dtype
        self._there = (0, *(axis + 1 for axis in spec.axes))
        self._back = tuple(int(axis) for axis in np.argsort(self._there))

    def forward(self, x: Array, tape: Tape) -> Array:
        return np.ascontiguousarray(x.transpose(self._there))

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        return np.ascontiguousarray(grad.transpose(self._back)), {}

    def lower(self, program: Program) -> str:
        return program.add("Transpose", program.x, perm=list(self._there))
