"""Adam: every value moves by the mean of its gradients over the root of their mean square."""

from __future__ import annotations

from math import sqrt
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Gradient, Optimizer, OptimizerSpec, Rate, Shape, blend

from .pieces import pieces

__all__ = ["Adam", "AdamOptimizer", "AdamSpec", "Betas"]

_Beta = Annotated[float, Field(ge=0, lt=1)]
Betas = Annotated[
    tuple[_Beta, _Beta],
    Field(strict=False, description="how slowly the two running means forget"),
]
"""Two numbers from 0 up to, not including, 1."""


class AdamSpec(OptimizerSpec):
    """What `adam` and `adamw` share: they differ in what weight decay does."""

    decoupled: ClassVar[bool] = False

    learning_rate: Rate = Field(default=1e-3, description="the rate: a number, or a schedule")
    betas: Betas = (0.9, 0.999)
    eps: float = Field(default=1e-8, gt=0, description="added to the root")
    amsgrad: bool = Field(default=False, description="whether v̂ takes the largest v so far")
    weight_decay: float = Field(default=0.0, ge=0, description="λ: how much weights shrink")

    def build(self) -> AdamOptimizer:
        return AdamOptimizer(self)


class Adam(AdamSpec):
    """m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← w − rate · m̂ / (√v̂ + eps).

    m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ), t from 1. `weight_decay` λ adds λ w to g; with
    `amsgrad` v takes the largest value so far. As in PyTorch's `Adam`. In float32 a gradient beyond
    5·10²⁰ has no square: its value then stands still, as in PyTorch.

    Kingma and Ba, Adam: a method for stochastic optimization, 2015; Reddi, Kale and Kumar, On the
    convergence of Adam and beyond, 2018.
    """

    formula: ClassVar[str] = "w ← w − rate · m̂ / (√v̂ + eps)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"amsgrad": True, "weight_decay": 0.1})

    type: Literal["adam"] = "adam"


class AdamOptimizer(Optimizer[AdamSpec]):
    """The running rule of `adam` and `adamw`, piece by piece through the cache."""

    elementwise = True

    def slots(self, shape: Shape, dtype: Any) -> dict[str, Array]:
        names = ("mean", "square", "largest") if self.spec.amsgrad else ("mean", "square")
        return {name: np.zeros(shape, dtype) for name in names}

    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        share = sqrt(1 - self.spec.betas[1])
        for piece in pieces(parameter, gradient, *slots.values(), scale=share):
            self._move(*piece, rate=rate, t=t)

    def _move(
        self, w: Array, g: Array, mean: Array, square: Array, *largest: Array, rate: float, t: int
    ) -> None:
        """One step in seven passes, with no array but the gradient's own.

        `mean` holds m · √(1 − β₂) / (1 − β₁): then `g`, which is g · √(1 − β₂), serves both means,
        and a gradient of 1e20 still has a square in float32.
        """
        spec = self.spec
        beta1, beta2 = spec.betas
        share = sqrt(1 - beta2)
        if spec.weight_decay and spec.decoupled:
            w *= 1 - rate * spec.weight_decay
        elif spec.weight_decay:
            g += w * (spec.weight_decay * share)

        blend(mean, g, keep=beta1)
        g *= g
        blend(square, g, keep=beta2)
        for high in largest:
            square = np.maximum(high, square, out=high)

        # rate · m̂ / (√v̂ + eps), with both corrections drawn into the numbers.
        correction = sqrt(1 - beta2**t)
        np.sqrt(square, g)
        np.add(g, spec.eps * correction, g)
        np.divide(mean, g, g)
        blend(w, g, scale=-rate * correction * (1 - beta1) / (share * (1 - beta1**t)))
