"""The Kolmogorov–Arnold layer: every input of every unit passes through a curve of its own."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import (
    Array,
    FanInUniform,
    Gradients,
    Initializer,
    Layer,
    LayerSpec,
    Product,
    Program,
    Site,
    SpecError,
    Tape,
    product,
)

__all__ = ["KAN", "KANLayer"]


class KAN(LayerSpec):
    """yₒ = Σᵢ fₒᵢ(xᵢ), over the last axis: `(N, …, inputs)` to `(N, …, units)`.

    Each curve is a sum of bells, fₒᵢ(x) = Σₖ wₒₖᵢ exp(−((x − gₖ) / h)²), whose knots gₖ lie evenly
    from −`range` to `range`, h apart; outside it fades to 0, so put a `normalization` or a
    `layer_norm` before. Parameter: `weight` `(units, knots · inputs)`, the weights of the first knot
    first. As a bell or two answer to each input, they start as a dense layer's, U(±1/√inputs).

    Liu and others, KAN: Kolmogorov–Arnold networks, 2024; with the bells of Li, Kolmogorov–Arnold
    networks are radial basis function networks, 2024 (FastKAN).
    """

    formula: ClassVar[str] = "y = Σₖ exp(−((x − gₖ) / h)²) Wₖᵀ"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"units": 3},
        {"units": 2, "knots": 5, "range": 3.0},
    )

    type: Literal["kan"] = "kan"
    units: int = Field(gt=0, description="the number of outputs")
    knots: int = Field(default=8, ge=2, description="the bells that a curve is the sum of")
    range: float = Field(default=2.0, gt=0, description="the knots lie from −range to range")
    weight_init: Initializer = Field(
        default=FanInUniform(), description="what the weights start from"
    )

    def build(self, site: Site) -> KANLayer:
        return KANLayer(self, site)


class KANLayer(Layer[KAN]):
    """The running layer. Its weight lies in memory transposed, as a dense layer's does."""

    def __init__(self, spec: KAN, site: Site) -> None:
        super().__init__(spec, site)
        if not site.input_shape:
            raise SpecError("kan takes (features,), not ()", 'give "input_shape" an axis')
        *positions, inputs = site.input_shape
        self.output_shape = (*positions, spec.units)
        self.spacing = 2 * spec.range / (spec.knots - 1)
        shape, fans = (spec.units, spec.knots * inputs), (inputs, spec.units)
        self.params["weight"] = site.draw(spec.weight_init, shape, fans, order="F")

    def forward(self, x: Array, tape: Tape) -> Array:
        """y = B Wᵀ with the bells B = exp(−U²), where U = (x + range) / h − k."""
        knots = np.arange(self.spec.knots, dtype=x.dtype)[:, None]
        u = ((x + self.spec.range) / self.spacing)[..., None, :] - knots
        bells = np.exp(-u * u)
        tape.save(self, u, bells)
        weight = self.params["weight"]
        return product(bells.reshape(*x.shape[:-1], weight.shape[1]), weight.T)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂W = Δᵀ B, ∂x = Σₖ (Δ W)ₖ · −2 U B / h."""
        u, bells = tape.load(self)
        weight = self.params["weight"]
        units, width = weight.shape
        left, right = grad.reshape(-1, units), bells.reshape(-1, width)
        gradients: Gradients = {"weight": Product(left.T, right)}
        if not tape.wants_input_gradient:
            return None, gradients
        back = product(grad, weight).reshape(u.shape)
        return np.einsum("...ki,...ki,...ki->...i", back, u, bells) * (-2 / self.spacing), gradients

    def lower(self, program: Program) -> str:
        spec, weight = self.spec, self.params["weight"]
        *positions, inputs = self.input_shape
        knots = np.arange(spec.knots, dtype=weight.dtype)[:, None]
        scaled = program.add("Div", program.add("Add", program.x, spec.range), self.spacing)
        u = program.add("Sub", program.reshape(scaled, (*positions, 1, inputs)), knots)
        bells = program.add("Exp", program.add("Neg", program.add("Mul", u, u)))
        flat = program.reshape(bells, (*positions, spec.knots * inputs))
        return program.add("MatMul", flat, weight.T)
