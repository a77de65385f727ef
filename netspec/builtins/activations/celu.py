"""CELU: an ELU whose slope has no jump."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Activation, Array, Program

__all__ = ["CELU"]

# From here on exp(x) − 1 is −1 to the last digit of float64.
_FLAT = -40.0


class CELU(Activation):
    """x where it is positive, α (exp(x/α) − 1) elsewhere. PyTorch's `CELU`. Barron, 2017."""

    formula: ClassVar[str] = "y = x if x > 0 else α (exp(x/α) − 1)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"alpha": 0.5})

    type: Literal["celu"] = "celu"
    alpha: float = Field(default=1.0, gt=0, description="minus the limit far below 0")

    def forward(self, x: Array) -> Array:
        low = np.minimum(x, 0)
        if self.alpha < 1:
            # So that the division stays in the dtype; the limit is long reached there.
            np.maximum(low, _FLAT * self.alpha, out=low)
        low /= self.alpha
        np.expm1(low, out=low)
        low *= self.alpha
        low += np.maximum(x, 0)
        return low

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        slope = np.minimum(y, 0) / self.alpha
        slope += 1
        slope *= grad
        return slope

    def lower(self, program: Program) -> str:
        low = program.add("Div", program.add("Min", program.x, 0.0), self.alpha)
        low = program.add("Mul", program.add("Sub", program.add("Exp", low), 1.0), self.alpha)
        return program.add("Add", low, program.add("Max", program.x, 0.0))
