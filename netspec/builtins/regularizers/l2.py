"""L2: large weights cost their square."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Regularizer

__all__ = ["L2"]


class L2(Regularizer):
    """strength · Σ w², whose gradient is 2 · strength · w.

    PyTorch's `weight_decay` λ is this with a strength of λ/2. Hoerl and Kennard, Ridge regression,
    1970.
    """

    formula: ClassVar[str] = "strength · Σ w²"

    type: Literal["l2"] = "l2"
    strength: float = Field(default=0.01, ge=0, description="the factor on the sum of squares")

    def value(self, array: Array) -> float:
        return self.strength * float(np.square(array, dtype=np.float64).sum())

    def gradient(self, array: Array) -> Array:
        return array * (2 * self.strength)
