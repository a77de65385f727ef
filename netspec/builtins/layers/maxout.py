"""Maxout: the largest of several weighted sums."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import (
    Array,
    Gradients,
    Initializer,
    Layer,
    LayerSpec,
    Product,
    Program,
    Regularizer,
    Site,
    SpecError,
    Tape,
    product,
    sum_over,
)
from netspec.builtins.initializers.fan_in_uniform import FanInUniform

__all__ = ["Maxout", "MaxoutLayer"]


class Maxout(LayerSpec):
    """yᵤ = maxₖ (x Wᵤₖᵀ + bᵤₖ), k of `pieces`: `(N, …, inputs)` to `(N, …, units)`.

    Each unit learns a convex function of straight pieces. Parameters `weight`
    `(units · pieces, inputs)` and `bias` `(units · pieces,)`, the pieces of a unit side by side; of
    equal pieces the first counts. Goodfellow and others, Maxout networks, 2013.
    """

    formula: ClassVar[str] = "yᵤ = maxₖ (x Wᵤₖᵀ + bᵤₖ)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"units": 3}, {"units": 2, "pieces": 3})

    type: Literal["maxout"] = "maxout"
    units: int = Field(gt=0, description="the number of outputs")
    pieces: int = Field(default=2, gt=0, description="the sums of which a unit takes the largest")
    weight_init: Initializer = Field(
        default=FanInUniform(), description="what the weights start from"
    )
    bias_init: Initializer = Field(default=FanInUniform(), description="what the biases start from")
    weight_regularizer: Regularizer | None = Field(default=None, description="the weights' penalty")
    bias_regularizer: Regularizer | None = Field(default=None, description="the biases' penalty")

    def build(self, site: Site) -> MaxoutLayer:
        return MaxoutLayer(self, site)


class MaxoutLayer(Layer[Maxout]):
    """The running layer. Its weight lies in memory transposed, so that x Wᵀ reads it in order."""

    def __init__(self, spec: Maxout, site: Site) -> None:
        super().__init__(spec, site)
        if not site.input_shape:
            raise SpecError("maxout takes (features,), not ()", 'give "input_shape" an axis')
        *positions, inputs = site.input_shape
        self.output_shape = (*positions, spec.units)
        sums = spec.units * spec.pieces
        fans = (inputs, spec.units)
        self.params["weight"] = site.draw(spec.weight_init, (sums, inputs), fans, order="F")
        self.params["bias"] = site.draw(spec.bias_init, (sums,), fans)
        if spec.weight_regularizer:
            self.penalties["weight"] = spec.weight_regularizer
        if spec.bias_regularizer:
            self.penalties["bias"] = spec.bias_regularizer

    def forward(self, x: Array, tape: Tape) -> Array:
        sums = product(x, self.params["weight"].T)
        sums += self.params["bias"]
        sums = sums.reshape(*sums.shape[:-1], self.spec.units, self.spec.pieces)
        if not tape.keeps:
            return sums.max(axis=-1)
        largest = sums.argmax(axis=-1)[..., None]
        tape.save(self, x, largest)
        return np.take_along_axis(sums, largest, axis=-1)[..., 0]

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """Δ goes to the largest piece of each unit, then ∂W = Δᵀ x, ∂b = Σ Δ, ∂x = Δ W."""
        x, largest = tape.load(self)
        by_piece = np.zeros((*grad.shape, self.spec.pieces), grad.dtype)
        np.put_along_axis(by_piece, largest, grad[..., None], axis=-1)
        sums = self.spec.units * self.spec.pieces
        wide = by_piece.reshape(-1, sums)
        rows = x.reshape(-1, x.shape[-1])
        gradients: Gradients = {
            "weight": Product(wide.T, rows),
            "bias": sum_over(wide, (0,)),
        }
        if not tape.wants_input_gradient:
            return None, gradients
        return product(wide, self.params["weight"]).reshape(x.shape), gradients

    def lower(self, program: Program) -> str:
        y = program.add("MatMul", program.x, self.params["weight"].T)
        y = program.add("Add", y, self.params["bias"])
        y = program.reshape(y, (*self.output_shape, self.spec.pieces))
        return program.add("ReduceMax", y, np.array([-1]), keepdims=0)
