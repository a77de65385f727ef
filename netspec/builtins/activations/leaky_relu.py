"""Leaky ReLU: what is negative shrinks instead of vanishing."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Activation, Array, Program

__all__ = ["LeakyReLU"]


class LeakyReLU(Activation):
    """x where it is positive, slope · x elsewhere. PyTorch's `LeakyReLU`. Maas, Hannun and Ng, 2013."""

    formula: ClassVar[str] = "y = x if x > 0 else slope · x"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"slope": 0.2})

    type: Literal["leaky_relu"] = "leaky_relu"
    slope: float = Field(default=0.01, description="what a negative value is multiplied by")

    def forward(self, x: Array) -> Array:
        return np.maximum(x, 0) + np.minimum(x, 0) * self.slope

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        positive = x > 0
        dx = grad * self.slope
        dx *= ~positive
        dx += grad * positive
        return dx

    def lower(self, program: Program) -> str:
        low = program.add("Mul", program.add("Min", program.x, 0.0), self.slope)
        return program.add("Add", program.add("Max", program.x, 0.0), low)
