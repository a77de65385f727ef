"""Residual: layers whose output is added to their input."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import (
    Array,
    Chain,
    Composite,
    Gradients,
    LayerSpec,
    Many,
    Program,
    Site,
    SpecError,
    Tape,
)

__all__ = ["Residual", "ResidualLayer"]


class Residual(LayerSpec):
    """y = f(x) + x, or y = f(x) + p(x): `layers` are f, `projection` is p where there is one.

    f keeps the shape, or p gives the same as f. Arrays stand under `residual_1.dense_1.weight` and
    `residual_1.projection.dense_1.weight`. He et al., "Deep residual learning", 2015.
    """

    formula: ClassVar[str] = "y = f(x) + x"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"layers": [{"type": "dense", "units": 4}, "tanh"]},
    )

    type: Literal["residual"] = "residual"
    layers: Many[LayerSpec] = Field(description="the layers of f, first to last")
    projection: Many[LayerSpec] = Field(
        default=(), description="the layers of p; none for y = f(x) + x"
    )

    def build(self, site: Site) -> ResidualLayer:
        return ResidualLayer(self, site)


class ResidualLayer(Composite[Residual]):
    """The running layer: one chain, and a second where the input is projected."""

    def __init__(self, spec: Residual, site: Site) -> None:
        super().__init__(spec, site)
        self.inner = Chain.inside(site, spec.layers)
        self.projection: Chain | None = None
        added = (site.input_shape, site.input_dtype)
        if spec.projection:
            if any(layer.name == "projection" for layer in self.inner):
                raise SpecError(
                    'a layer is named "projection", as the projection is', "give it another name"
                )
            self.projection = Chain.inside(site, spec.projection, "projection", "projection")
            added = (self.projection.output_shape, self.projection.output_dtype)
        given = (self.inner.output_shape, self.inner.output_dtype)
        if given != added:
            raise SpecError(
                f"residual adds {added[0]} {added[1]} to its layers' {given[0]} {given[1]}",
                "let the last layer give the shape of the input, or "
                f'give a "projection": layers from {site.input_shape} to {given[0]}',
            )
        self.hold(self.inner, *filter(None, [self.projection]))
        self.output_shape, self.output_dtype = given

    def forward(self, x: Array, tape: Tape) -> Array:
        y = self.inner.forward(x, tape)
        return y + (self.projection.forward(x, tape) if self.projection else x)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂x = Δ through f + Δ through p."""
        delta, gradients = self.inner.pull(grad, tape)
        shortcut: Array | None = grad
        if self.projection:
            shortcut, own = self.projection.pull(grad, tape)
            gradients |= {f"projection.{key}": each for key, each in own.items()}
        if delta is None or shortcut is None:
            return None, gradients
        return delta + shortcut, gradients

    def lower(self, program: Program) -> str:
        x = program.x
        y = program.run(self.inner, x)
        return program.add("Add", y, program.run(self.projection, x) if self.projection else x)
