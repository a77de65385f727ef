"""Lion: every value moves by the same length, and only the sign of its mean gradient counts."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Gradient, Optimizer, OptimizerSpec, Rate, Shape

from .adam import Betas
from .pieces import pieces

__all__ = ["Lion", "LionOptimizer"]


class Lion(OptimizerSpec):
    """w ← (1 − rate · λ) w − rate · sign(β₁ m + (1 − β₁) g), then m ← β₂ m + (1 − β₂) g.

    `weight_decay` λ is decoupled, as in `adamw`. A good rate is three to ten times smaller than
    Adam's. PyTorch has no Lion; defaults are the paper's. Chen and others, Symbolic discovery of
    optimization algorithms, 2023.
    """

    formula: ClassVar[str] = "w ← (1 − rate · λ) w − rate · sign(β₁ m + (1 − β₁) g)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"weight_decay": 0.1})

    type: Literal["lion"] = "lion"
    learning_rate: Rate = Field(default=1e-4, description="the rate: a number, or a schedule")
    betas: Betas = (0.9, 0.99)
    weight_decay: float = Field(default=0.0, ge=0, description="λ: how much weights shrink")

    def build(self) -> LionOptimizer:
        return LionOptimizer(self)


class LionOptimizer(Optimizer[Lion]):
    """The running rule."""

    elementwise = True

    def slots(self, shape: Shape, dtype: Any) -> dict[str, Array]:
        return {"mean": np.zeros(shape, dtype)}

    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        spec = self.spec
        beta1, beta2 = spec.betas
        for w, g, mean in pieces(parameter, gradient, slots["mean"]):
            if spec.weight_decay:
                w *= 1 - rate * spec.weight_decay
            step = np.asarray(mean * beta1)
            step += g * (1 - beta1)
            np.sign(step, out=step)
            step *= rate
            w -= step
            mean *= beta2
            g *= 1 - beta2
            mean += g
