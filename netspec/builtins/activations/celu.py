"""CELU: an ELU whose slope has no jump."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Activation, Array, Program

__all__ = ["CELU"]

# From here on exp(x) is 0, and exp(x) − 1 is −1, in float64.
_FLAT = -750.0


class CELU(Activation):
    """x where it is positive, α (exp(x/α) − 1) elsewhere. PyTorch's `CELU`. Barron, 2017."""

    formula: ClassVar[str] = "y = x if x > 0 else α (exp(x/α) − 1)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"alpha": 0.5})

    type: Literal["celu"] = "celu"
    alpha: float = Field(default=1.0, gt=0, description="minus the limit far below 0")

    def forward(self, x: Array) -> Array:
        low = self._low(x)
        np.expm1(low, out=low)
        low *= self.alpha
        low += np.maximum(x, 0)
        return low

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        """Below 0 the slope is exp(x/α); y/α + 1 would cancel."""
        slope = np.exp(self._low(x))
        slope *= grad
        return slope

    def _low(self, x: Array) -> Array:
        """min(x, 0) / α."""
        low = np.minimum(x, 0)
        if self.alpha < 1:
            # So that the division stays in the dtype; both limits are long reached there.
            np.maximum(low, _FLAT * self.alpha, out=low)
        low /= self.alpha
        return low

    def lower(self, program: Program) -> str:
        low = program.add("Div", program.add("Min", program.x, 0.0), self.alpha)
        low = program.add("Mul", program.expm1(low), self.alpha)
        return program.add("Add", low, program.add("Max", program.x, 0.0))
