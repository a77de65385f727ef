"""Adamax: Adam with the largest gradient in place of the mean square."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Gradient, Optimizer, OptimizerSpec, Rate, Shape

from .adam import Betas
from .pieces import pieces

__all__ = ["Adamax", "AdamaxOptimizer"]


class Adamax(OptimizerSpec):
    """m ← β₁ m + (1 − β₁) g, u ← max(β₂ u, |g| + eps), w ← w − rate / (1 − β₁ᵗ) · m / u.

    `weight_decay` λ adds λ w to g. As in PyTorch's `Adamax`. Kingma and Ba, Adam: a method for
    stochastic optimization, 2015, section 7.
    """

    formula: ClassVar[str] = "w ← w − rate · m̂ / max(β₂ u, |g| + eps)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"weight_decay": 0.1})

    type: Literal["adamax"] = "adamax"
    learning_rate: Rate = Field(default=2e-3, description="the rate: a number, or a schedule")
    betas: Betas = (0.9, 0.999)
    eps: float = Field(default=1e-8, gt=0, description="added to the size of the gradient")
    weight_decay: float = Field(default=0.0, ge=0, description="λ: adds λ · w to the gradient")

    def build(self) -> AdamaxOptimizer:
        return AdamaxOptimizer(self)


class AdamaxOptimizer(Optimizer[Adamax]):
    """The running rule."""

    elementwise = True

    def slots(self, shape: Shape, dtype: Any) -> dict[str, Array]:
        return {name: np.zeros(shape, dtype) for name in ("mean", "largest")}

    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        spec = self.spec
        beta1, beta2 = spec.betas
        for w, g, mean, largest in pieces(parameter, gradient, slots["mean"], slots["largest"]):
            if spec.weight_decay:
                g += w * spec.weight_decay
            mean *= beta1
            mean += g * (1 - beta1)
            largest *= beta2
            np.abs(g, out=g)
            g += spec.eps
            np.maximum(largest, g, out=largest)
            np.divide(mean, largest, out=g)
            g *= rate / (1 - beta1**t)
            w -= g
