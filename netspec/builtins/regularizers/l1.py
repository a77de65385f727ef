"""L1: weights cost their size, so that many become 0."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Regularizer

__all__ = ["L1"]


class L1(Regularizer):
    """strength · Σ |w|, whose gradient is ±strength, and 0 at 0.

    Tibshirani, Regression shrinkage and selection via the lasso, 1996.
    """

    formula: ClassVar[str] = "strength · Σ |w|"

    type: Literal["l1"] = "l1"
    strength: float = Field(default=0.01, ge=0, description="the factor on the sum of sizes")

    def value(self, array: Array) -> float:
        return self.strength * float(np.abs(array).sum(dtype=np.float64))

    def gradient(self, array: Array) -> Array:
        signs = np.sign(array)
        signs *= self.strength
        return signs
