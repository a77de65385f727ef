"""Stochastic gradient descent, with momentum where it is asked for."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from netspec import Array, Gradient, Optimizer, OptimizerSpec, Rate, Shape, SpecError, blend

__all__ = ["SGD", "SGDOptimizer"]


class SGD(OptimizerSpec):
    """w ← w − rate · g, or with momentum v ← momentum · v + (1 − dampening) · g, w ← w − rate · v.

    The first v is g itself. `nesterov` looks ahead: w ← w − rate · (g + momentum · v).
    `weight_decay` λ adds λ w to g. All as in PyTorch's `SGD`. Sutskever, Martens, Dahl and Hinton,
    On the importance of initialization and momentum in deep learning, 2013.
    """

    formula: ClassVar[str] = "w ← w − rate · g"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {},
        {"momentum": 0.9, "nesterov": True},
        {"momentum": 0.9, "dampening": 0.1, "weight_decay": 0.1},
    )

    type: Literal["sgd"] = "sgd"
    learning_rate: Rate = Field(default=1e-3, description="the rate: a number, or a schedule")
    momentum: float = Field(default=0.0, ge=0, description="how much of the last step goes on")
    dampening: float = Field(default=0.0, description="how much a gradient counts less than wholly")
    nesterov: bool = Field(default=False, description="whether momentum looks one step ahead")
    weight_decay: float = Field(default=0.0, ge=0, description="λ: adds λ · w to the gradient")

    @model_validator(mode="after")
    def _nesterov_has_momentum(self) -> Self:
        if self.nesterov and (self.momentum == 0 or self.dampening != 0):
            raise SpecError(
                f"nesterov with momentum {self.momentum} and dampening {self.dampening}",
                "nesterov needs a momentum above 0 and a dampening of 0",
                path=("nesterov",),
            )
        return self

    def build(self) -> SGDOptimizer:
        return SGDOptimizer(self)


class SGDOptimizer(Optimizer[SGD]):
    """The running rule; a gradient that is a product is never multiplied out by itself."""

    elementwise = True

    def slots(self, shape: Shape, dtype: Any) -> dict[str, Array]:
        return {"velocity": np.zeros(shape, dtype)} if self.spec.momentum else {}

    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        spec = self.spec
        kept = 1 - rate * spec.weight_decay
        if not spec.momentum:
            blend(parameter, gradient, keep=kept, scale=-rate)
            return
        velocity = slots["velocity"]
        share = 1.0 if t == 1 else 1 - spec.dampening
        blend(velocity, gradient, keep=spec.momentum, scale=share)
        if spec.weight_decay:
            blend(velocity, parameter, scale=share * spec.weight_decay)
        if spec.nesterov:
            blend(parameter, gradient, keep=kept, scale=-rate)
            blend(parameter, velocity, scale=-rate * spec.momentum)
        else:
            blend(parameter, velocity, scale=-rate)
