"""Adagrad: the more a value has moved, the slower it moves."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Gradient, Optimizer, OptimizerSpec, Rate, Shape

from .pieces import pieces

__all__ = ["Adagrad", "AdagradOptimizer"]


class Adagrad(OptimizerSpec):
    """s ← s + g², w ← w − rate / (1 + (t − 1) rate_decay) · g / (√s + eps).

    `weight_decay` λ adds λ w to g. As in PyTorch's `Adagrad`. In float32 a gradient beyond 10¹⁹ has
    no square: its value then stands still, as in PyTorch. Duchi, Hazan and Singer, Adaptive
    subgradient methods for online learning and stochastic optimization, 2011.
    """

    formula: ClassVar[str] = "w ← w − rate · g / (√Σg² + eps)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {},
        {"rate_decay": 0.1, "initial_square": 0.5, "weight_decay": 0.1},
    )

    type: Literal["adagrad"] = "adagrad"
    learning_rate: Rate = Field(default=1e-2, description="the rate: a number, or a schedule")
    rate_decay: float = Field(default=0.0, ge=0, description="how fast the rate itself falls")
    initial_square: float = Field(default=0.0, ge=0, description="what the sum s starts from")
    eps: float = Field(default=1e-10, gt=0, description="added to the root")
    weight_decay: float = Field(default=0.0, ge=0, description="λ: adds λ · w to the gradient")

    def build(self) -> AdagradOptimizer:
        return AdagradOptimizer(self)


class AdagradOptimizer(Optimizer[Adagrad]):
    """The running rule."""

    elementwise = True

    def slots(self, shape: Shape, dtype: Any) -> dict[str, Array]:
        return {"square": np.full(shape, self.spec.initial_square, dtype)}

    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        spec = self.spec
        slowed = rate / (1 + (t - 1) * spec.rate_decay)
        for w, g, square in pieces(parameter, gradient, slots["square"]):
            if spec.weight_decay:
                g += w * spec.weight_decay
            square += g * g
            root = np.sqrt(square)
            root += spec.eps
            g /= root
            g *= slowed
            w -= g
