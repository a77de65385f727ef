"""The cross layer: products of features, each order from the one before."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import Array, FanInUniform, Initializer, Site, SpecError, Zeros

from .layer import ForwardOnly

__all__ = ["Cross"]


class Cross(ForwardOnly):
    """yₙ = x ⊙ (yₙ₋₁ Wₙᵀ + bₙ) + yₙ₋₁ with y₀ = x, over the last axis; the shape stays.

    Each of the `depth` crossings multiplies by the input once more, so that the output is a polynomial
    of degree `depth` + 1 in the features. Parameters: `weight_1` `(features, features)`, `bias_1`
    `(features,)` and so on.

    Wang and others, DCN V2: improved deep & cross network and practical lessons for web-scale learning
    to rank systems, 2021; with a vector for each matrix: Wang, Fu, Fu and Wang, Deep & cross network
    for ad click predictions, 2017.
    """

    formula: ClassVar[str] = "yₙ = x ⊙ (yₙ₋₁ Wₙᵀ + bₙ) + yₙ₋₁, y₀ = x"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"depth": 3})

    type: Literal["cross"] = "cross"
    depth: int = Field(default=2, gt=0, description="how many times the input is multiplied in")
    weight_init: Initializer = Field(
        default=FanInUniform(), description="what the weights start from"
    )
    bias_init: Initializer = Field(default=Zeros(), description="what the biases start from")

    def parameters(self, site: Site) -> dict[str, Array]:
        if not site.input_shape:
            raise SpecError("cross takes (features,), not ()", 'give "input_shape" an axis')
        features = site.input_shape[-1]
        params: dict[str, Array] = {}
        for n in range(1, self.depth + 1):
            params[f"weight_{n}"] = site.draw(self.weight_init, (features, features), order="F")
            params[f"bias_{n}"] = site.draw(self.bias_init, (features,))
        return params

    def forward(self, x: Array, **params: Array) -> Array:
        y = x
        for n in range(1, self.depth + 1):
            y = x * (y @ params[f"weight_{n}"].T + params[f"bias_{n}"]) + y
        return y
