"""Adadelta: every value moves as far as it lately moved, by how large its gradient lately was."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Gradient, Optimizer, OptimizerSpec, Rate, Shape

from .pieces import pieces

__all__ = ["Adadelta", "AdadeltaOptimizer"]


class Adadelta(OptimizerSpec):
    """v ← decay · v + (1 − decay) g², s = g √(u + eps) / √(v + eps), w ← w − rate · s.

    u is the running mean of s², taken as it stood before the step. `weight_decay` λ adds λ w to g.
    As in PyTorch's `Adadelta`. Zeiler, Adadelta: an adaptive learning rate method, 2012.
    """

    formula: ClassVar[str] = "w ← w − rate · g √(u + eps) / √(v + eps)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"weight_decay": 0.1})

    type: Literal["adadelta"] = "adadelta"
    learning_rate: Rate = Field(default=1.0, description="the rate: a number, or a schedule")
    decay: float = Field(default=0.9, ge=0, lt=1, description="how slowly both means forget")
    eps: float = Field(default=1e-6, gt=0, description="added under both roots")
    weight_decay: float = Field(default=0.0, ge=0, description="λ: adds λ · w to the gradient")

    def build(self) -> AdadeltaOptimizer:
        return AdadeltaOptimizer(self)


class AdadeltaOptimizer(Optimizer[Adadelta]):
    """The running rule."""

    elementwise = True

    def slots(self, shape: Shape, dtype: Any) -> dict[str, Array]:
        return {name: np.zeros(shape, dtype) for name in ("square", "moved")}

    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        spec = self.spec
        kept = spec.decay
        for w, g, square, moved in pieces(parameter, gradient, slots["square"], slots["moved"]):
            if spec.weight_decay:
                g += w * spec.weight_decay
            square *= kept
            square += g * (1 - kept) * g
            g *= np.sqrt(moved + spec.eps)
            g /= np.sqrt(square + spec.eps)
            moved *= kept
            moved += g * g * (1 - kept)
            g *= rate
            w -= g
