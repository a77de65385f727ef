"""Step: the threshold of the perceptron."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Activation, Array, Program

__all__ = ["Step"]


class Step(Activation):
    """1 where x is above the threshold, else 0: the perceptron's answer.

    Its slope is 0 wherever it has one, so that nothing before it could learn: a trainable layer
    before it is refused. Rosenblatt, The perceptron, 1958.
    """

    formula: ClassVar[str] = "y = 1 if x > threshold else 0"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"threshold": 0.5})
    differentiable: ClassVar[bool] = False

    type: Literal["step"] = "step"
    threshold: float = Field(default=0.0, description="the value that x must exceed")

    def forward(self, x: Array) -> Array:
        return (x > self.threshold).astype(x.dtype)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return np.zeros_like(grad)

    def lower(self, program: Program) -> str:
        above = program.add("Greater", program.x, self.threshold)
        return program.cast(above, program.dtype)
