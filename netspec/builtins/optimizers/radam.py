"""RAdam: Adam that trusts its mean square only once it has seen enough."""

from __future__ import annotations

from math import sqrt
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Gradient, Optimizer, OptimizerSpec, Rate, Shape

from .adam import Betas
from .pieces import pieces

__all__ = ["RAdam", "RAdamOptimizer"]

# The length of the mean from which on its variance is known well enough.
_ENOUGH = 5


class RAdam(OptimizerSpec):
    """w ← w − rate · r m̂ √(1 − β₂ᵗ) / (√v + eps) where ρ > 5, else w ← w − rate · m̂.

    m, v and m̂ are Adam's. ρ = ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ) with ρ∞ = 2 / (1 − β₂) − 1 is the length of
    the mean square so far, and r² = (ρ − 4) (ρ − 2) ρ∞ / ((ρ∞ − 4) (ρ∞ − 2) ρ). `weight_decay` λ
    adds λ w to g. As in PyTorch's `RAdam`. Liu and others, On the variance of the adaptive learning
    rate and beyond, 2020.
    """

    formula: ClassVar[str] = "w ← w − rate · r m̂ / (√v̂ + eps)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"weight_decay": 0.1})

    type: Literal["radam"] = "radam"
    learning_rate: Rate = Field(default=1e-3, description="the rate: a number, or a schedule")
    betas: Betas = (0.9, 0.999)
    eps: float = Field(default=1e-8, gt=0, description="added to the root")
    weight_decay: float = Field(default=0.0, ge=0, description="λ: adds λ · w to the gradient")

    def rectification(self, t: int) -> float | None:
        """r of step t; None while too little was seen."""
        kept = self.betas[1] ** t
        most = 2 / (1 - self.betas[1]) - 1
        length = most - 2 * t * kept / (1 - kept)
        if length <= _ENOUGH:
            return None
        above = (length - 4) * (length - 2) * most
        return sqrt(above / ((most - 4) * (most - 2) * length))

    def build(self) -> RAdamOptimizer:
        return RAdamOptimizer(self)


class RAdamOptimizer(Optimizer[RAdam]):
    """The running rule."""

    elementwise = True

    def slots(self, shape: Shape, dtype: Any) -> dict[str, Array]:
        return {name: np.zeros(shape, dtype) for name in ("mean", "square")}

    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        spec = self.spec
        beta1, beta2 = spec.betas
        trust = spec.rectification(t)
        factor = rate / (1 - beta1**t)
        for w, g, mean, square in pieces(parameter, gradient, slots["mean"], slots["square"]):
            if spec.weight_decay:
                g += w * spec.weight_decay
            mean *= beta1
            mean += g * (1 - beta1)
            square *= beta2
            square += g * (1 - beta2) * g
            if trust is None:
                w -= mean * factor
                continue
            np.sqrt(square, out=g)
            g += spec.eps
            np.divide(mean, g, out=g)
            g *= factor * trust * sqrt(1 - beta2**t)
            w -= g
