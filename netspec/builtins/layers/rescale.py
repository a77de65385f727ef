"""Rescale: fixed numbers multiply and shift what comes in."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import Array, Gradients, Layer, LayerSpec, Program, Site, Tape

__all__ = ["Rescale", "RescaleLayer"]


class Rescale(LayerSpec):
    """y = scale · x + offset: any shape, which it keeps.

    Integers become numbers with a fraction: pixels from 0 to 255 come to [0, 1] with a scale of
    1/255, and may so be kept as bytes until then. Keras's `Rescaling`.
    """

    accepts: ClassVar[str] = "fiub"
    formula: ClassVar[str] = "y = scale · x + offset"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"scale": 0.5, "offset": -1.0},)

    type: Literal["rescale"] = "rescale"
    scale: float = Field(description="what x is multiplied by")
    offset: float = Field(default=0.0, description="what is added then")

    def build(self, site: Site) -> RescaleLayer:
        return RescaleLayer(self, site)


class RescaleLayer(Layer[Rescale]):
    """The running layer."""

    def forward(self, x: Array, tape: Tape) -> Array:
        y = x.astype(self.output_dtype)
        y *= self.spec.scale
        y += self.spec.offset
        return y

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂x = scale · Δ."""
        return (grad * self.spec.scale if tape.wants_input_gradient else None), {}

    def lower(self, program: Program) -> str:
        x = program.cast(program.x, program.dtype)
        return program.add("Add", program.add("Mul", x, self.spec.scale), self.spec.offset)
