"""Flatten: all axes of a sample become one."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from netspec import Array, Gradients, Layer, LayerSpec, Program, Site, Tape, lying_like

__all__ = ["Flatten", "FlattenLayer"]


class Flatten(LayerSpec):
    """y = x in one axis, the last axis running fastest: `(N, a, b, …)` to `(N, a · b · …)`.

    It takes numbers of any dtype and keeps it. PyTorch's `Flatten`.
    """

    accepts: ClassVar[str] = "fiub"
    formula: ClassVar[str] = "y = x, in one axis"
    example_shape: ClassVar[tuple[int, ...]] = (2, 3)

    type: Literal["flatten"] = "flatten"

    def build(self, site: Site) -> FlattenLayer:
        return FlattenLayer(self, site)


class FlattenLayer(Layer[Flatten]):
    """The running layer."""

    def __init__(self, spec: Flatten, site: Site) -> None:
        super().__init__(spec, site)
        self.output_shape = (math.prod(site.input_shape),)
        self.output_dtype = site.input_dtype

    def forward(self, x: Array, tape: Tape) -> Array:
        tape.save(self, x)
        return x.reshape(len(x), *self.output_shape)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """The gradient in the input's shape, and in its memory order, as the layers before read both."""
        (x,) = tape.load(self)
        return lying_like(grad.reshape(x.shape), x), {}

    def lower(self, program: Program) -> str:
        return program.reshape(program.x, self.output_shape)
