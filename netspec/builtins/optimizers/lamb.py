"""LAMB: Adam whose step is as long as a share of the weights themselves."""

from __future__ import annotations

from math import sqrt
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Gradient, Optimizer, OptimizerSpec, Rate, Shape

from .adam import Betas
from .pieces import values_of

__all__ = ["LAMB", "LAMBOptimizer"]


class LAMB(OptimizerSpec):
    """s = m̂ / (√v̂ + eps) + λ w, w ← w − rate · |w| / |s| · s, |·| over a whole parameter.

    m̂ and v̂ are Adam's; where |w| or |s| is 0, the quotient counts as 1. For batches of thousands of
    samples. PyTorch has no LAMB; defaults are the paper's. You and others, Large batch optimization
    for deep learning: training BERT in 76 minutes, 2020.
    """

    formula: ClassVar[str] = "w ← w − rate · |w| / |s| · s, s = m̂ / (√v̂ + eps) + λ w"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"weight_decay": 0.1})

    type: Literal["lamb"] = "lamb"
    learning_rate: Rate = Field(default=1e-3, description="the rate: a number, or a schedule")
    betas: Betas = (0.9, 0.999)
    eps: float = Field(default=1e-6, gt=0, description="added to the root")
    weight_decay: float = Field(default=0.0, ge=0, description="λ: adds λ · w to the step")

    def build(self) -> LAMBOptimizer:
        return LAMBOptimizer(self)


class LAMBOptimizer(Optimizer[LAMB]):
    """The running rule. It looks at a parameter as a whole."""

    def slots(self, shape: Shape, dtype: Any) -> dict[str, Array]:
        return {name: np.zeros(shape, dtype) for name in ("mean", "square")}

    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        spec = self.spec
        beta1, beta2 = spec.betas
        g, mean, square = values_of(gradient, parameter), slots["mean"], slots["square"]
        mean *= beta1
        mean += g * (1 - beta1)
        square *= beta2
        square += g * (1 - beta2) * g
        step = np.asarray(np.sqrt(square))
        step *= 1 / sqrt(1 - beta2**t)
        step += spec.eps
        np.divide(mean, step, out=step)
        step *= 1 / (1 - beta1**t)
        if spec.weight_decay:
            step += parameter * spec.weight_decay
        size, length = float(np.linalg.norm(parameter)), float(np.linalg.norm(step))
        step *= rate * (size / length if size and length else 1.0)
        parameter -= step
