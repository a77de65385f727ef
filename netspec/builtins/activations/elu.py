"""ELU: exponential below 0, so that means stay near 0."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Activation, Array, Program

__all__ = ["ELU"]


class ELU(Activation):
    """x where it is positive, α (eˣ − 1) elsewhere. PyTorch's `ELU`. Clevert and others, 2016."""

    formula: ClassVar[str] = "y = x if x > 0 else α (exp(x) − 1)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"alpha": 0.5})

    type: Literal["elu"] = "elu"
    alpha: float = Field(default=1.0, gt=0, description="minus the limit far below 0")

    def forward(self, x: Array) -> Array:
        low = np.expm1(np.minimum(x, 0))
        low *= self.alpha
        low += np.maximum(x, 0)
        return low

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        """Below 0 the slope is α eˣ; y + α would cancel."""
        slope = np.exp(np.minimum(x, 0))
        slope *= self.alpha
        slope *= x <= 0
        slope += x > 0
        slope *= grad
        return slope

    def lower(self, program: Program) -> str:
        low = program.expm1(program.add("Min", program.x, 0.0))
        low = program.add("Mul", low, self.alpha)
        return program.add("Add", low, program.add("Max", program.x, 0.0))
