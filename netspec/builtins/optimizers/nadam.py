"""NAdam: Adam that looks one step ahead, as Nesterov's momentum does."""

from __future__ import annotations

from math import sqrt
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Gradient, Optimizer, OptimizerSpec, Rate, Shape

from .adam import Betas
from .pieces import pieces

__all__ = ["NAdam", "NAdamOptimizer"]


class NAdam(OptimizerSpec):
    """w ← w − rate · (μₜ₊₁ m / (1 − Πμ μₜ₊₁) + (1 − μₜ) g / (1 − Πμ)) / (√v̂ + eps).

    m, v and v̂ are Adam's, μₜ = β₁ (1 − ½ 0.96^(t · momentum_decay)), and Πμ is the product of
    μ₁ … μₜ. `weight_decay` λ adds λ w to g. As in PyTorch's `NAdam`. Dozat, Incorporating Nesterov
    momentum into Adam, 2016.
    """

    formula: ClassVar[str] = "w ← w − rate · (μ′ m̂′ + (1 − μ) ĝ) / (√v̂ + eps)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"weight_decay": 0.1})

    type: Literal["nadam"] = "nadam"
    learning_rate: Rate = Field(default=2e-3, description="the rate: a number, or a schedule")
    betas: Betas = (0.9, 0.999)
    eps: float = Field(default=1e-8, gt=0, description="added to the root")
    weight_decay: float = Field(default=0.0, ge=0, description="λ: adds λ · w to the gradient")
    momentum_decay: float = Field(default=4e-3, ge=0, description="how fast μ approaches β₁")

    def momentum(self, t: int) -> float:
        """μₜ, the share of the mean in step t."""
        return self.betas[0] * (1 - 0.5 * 0.96 ** (t * self.momentum_decay))

    def build(self) -> NAdamOptimizer:
        return NAdamOptimizer(self)


class NAdamOptimizer(Optimizer[NAdam]):
    """The running rule. The product of all μ follows from t; the last is kept to save its factors."""

    elementwise = True

    def __init__(self, spec: NAdam) -> None:
        super().__init__(spec)
        self._product = (0, 1.0)

    def slots(self, shape: Shape, dtype: Any) -> dict[str, Array]:
        return {name: np.zeros(shape, dtype) for name in ("mean", "square")}

    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        spec = self.spec
        beta1, beta2 = spec.betas
        product, now, ahead = self._product_of(t), spec.momentum(t), spec.momentum(t + 1)
        by_gradient = rate * (1 - now) / (1 - product)
        by_mean = rate * ahead / (1 - product * ahead)
        for w, g, mean, square in pieces(parameter, gradient, slots["mean"], slots["square"]):
            if spec.weight_decay:
                g += w * spec.weight_decay
            mean *= beta1
            mean += g * (1 - beta1)
            square *= beta2
            square += g * (1 - beta2) * g
            root = np.sqrt(square)
            root *= 1 / sqrt(1 - beta2**t)
            root += spec.eps
            g *= by_gradient
            g += mean * by_mean
            g /= root
            w -= g

    def _product_of(self, t: int) -> float:
        """μ₁ μ₂ … μₜ, multiplied in the same order whether or not a part of it is known."""
        known, product = self._product if self._product[0] <= t else (0, 1.0)
        for each in range(known + 1, t + 1):
            product *= self.spec.momentum(each)
        self._product = (t, product)
        return product
