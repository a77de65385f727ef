"""RMSprop: every gradient over the root of its mean square."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Gradient, Optimizer, OptimizerSpec, Rate, Shape

from .pieces import pieces

__all__ = ["RMSprop", "RMSpropOptimizer"]


class RMSprop(OptimizerSpec):
    """v ← decay · v + (1 − decay) g², w ← w − rate · g / (√v + eps).

    `centered` takes the running mean's square from v; with `momentum` the step is
    b ← momentum · b + g / (√v + eps), w ← w − rate · b. `weight_decay` λ adds λ w to g. As in
    PyTorch's `RMSprop`. Tieleman and Hinton, lecture 6.5, 2012; Graves, 2013, for `centered`.
    """

    formula: ClassVar[str] = "w ← w − rate · g / (√v + eps)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {},
        {"momentum": 0.9, "centered": True, "weight_decay": 0.1},
    )

    type: Literal["rmsprop"] = "rmsprop"
    learning_rate: Rate = Field(default=1e-2, description="the rate: a number, or a schedule")
    decay: float = Field(default=0.99, ge=0, lt=1, description="how slowly the mean forgets")
    momentum: float = Field(default=0.0, ge=0, description="how much of the last step goes on")
    centered: bool = Field(default=False, description="whether v is a variance about the mean")
    eps: float = Field(default=1e-8, gt=0, description="added to the root")
    weight_decay: float = Field(default=0.0, ge=0, description="λ: adds λ · w to the gradient")

    def build(self) -> RMSpropOptimizer:
        return RMSpropOptimizer(self)


class RMSpropOptimizer(Optimizer[RMSprop]):
    """The running rule."""

    elementwise = True

    def slots(self, shape: Shape, dtype: Any) -> dict[str, Array]:
        names = ["square"]
        if self.spec.centered:
            names.append("mean")
        if self.spec.momentum:
            names.append("velocity")
        return {name: np.zeros(shape, dtype) for name in names}

    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        for w, g, *held in pieces(parameter, gradient, *slots.values()):
            self._move(w, g, dict(zip(slots, held, strict=True)), rate)

    def _move(self, w: Array, g: Array, slots: dict[str, Array], rate: float) -> None:
        spec = self.spec
        if spec.weight_decay:
            g += w * spec.weight_decay
        square = slots["square"]
        square *= spec.decay
        square += g * (1 - spec.decay) * g
        if spec.centered:
            mean = slots["mean"]
            mean *= spec.decay
            mean += g * (1 - spec.decay)
            root = np.asarray(square - mean * mean)
            np.sqrt(np.maximum(root, 0, out=root), out=root)
        else:
            root = np.sqrt(square)
        root += spec.eps
        g /= root
        if spec.momentum:
            velocity = slots["velocity"]
            velocity *= spec.momentum
            velocity += g
            g = velocity
        w -= g * rate
