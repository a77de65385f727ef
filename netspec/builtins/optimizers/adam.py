"""Adam: every value moves by the mean of its gradients over the root of their mean square."""

from __future__ import annotations

from math import sqrt
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Gradient, Optimizer, OptimizerSpec, Rate, Shape, blend

from .pieces import pieces

__all__ = ["Adam", "AdamOptimizer", "AdamSpec", "Betas"]

# Values up to which a call of Python costs more than a pass of numpy.
_SMALL = 2**15

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
    """The running rule of `adam` and `adamw`.

    `mean` holds m · √(1 − β₂) / (1 − β₁): then g · √(1 − β₂) serves both means, and a gradient of
    1e20 still has a square in float32. Both corrections are drawn into two numbers:
    −rate · m̂ / (√v̂ + eps) = `scale` · mean / (√square + `eps`).
    """

    elementwise = True

    def __init__(self, spec: AdamSpec) -> None:
        super().__init__(spec)
        self._share = sqrt(1 - spec.betas[1])
        self._plain = not (spec.amsgrad or spec.weight_decay)

    def slots(self, shape: Shape, dtype: Any) -> dict[str, Array]:
        names = ("mean", "square", "largest") if self.spec.amsgrad else ("mean", "square")
        return {name: np.zeros(shape, dtype) for name in names}

    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        beta1, beta2 = self.spec.betas
        correction = sqrt(1 - beta2**t)
        eps = self.spec.eps * correction
        scale = -rate * correction * (1 - beta1) / (self._share * (1 - beta1**t))
        if parameter.size >= _SMALL or not (self._plain and isinstance(gradient, np.ndarray)):
            for piece in pieces(parameter, gradient, *slots.values(), scale=self._share):
                self._move(rate, scale, eps, *piece)
            return
        # The same for a few values, in as few calls as it can be said in.
        g, mean, square = gradient, slots["mean"], slots["square"]
        np.multiply(g, self._share, g)
        np.multiply(mean, beta1, mean)
        np.add(mean, g, mean)
        np.multiply(g, g, g)
        np.multiply(square, beta2, square)
        np.add(square, g, square)
        np.sqrt(square, g)
        np.add(g, eps, g)
        np.divide(mean, g, g)
        np.multiply(g, scale, g)
        np.add(parameter, g, parameter)

    def _move(
        self,
        rate: float,
        scale: float,
        eps: float,
        w: Array,
        g: Array,
        mean: Array,
        square: Array,
        *largest: Array,
    ) -> None:
        """One step in seven passes, with no array but the gradient's own, which is scaled already."""
        spec = self.spec
        beta1, beta2 = spec.betas
        if spec.weight_decay and spec.decoupled:
            w *= 1 - rate * spec.weight_decay
        elif spec.weight_decay:
            g += w * (spec.weight_decay * self._share)
        blend(mean, g, keep=beta1)
        g *= g
        blend(square, g, keep=beta2)
        for high in largest:
            square = np.maximum(high, square, out=high)
        np.sqrt(square, g)
        np.add(g, eps, g)
        np.divide(mean, g, g)
        blend(w, g, scale=scale)
