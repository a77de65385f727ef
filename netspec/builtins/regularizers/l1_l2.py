"""L1 and L2 together: few weights, and none large."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Regularizer

__all__ = ["L1L2"]


class L1L2(Regularizer):
    """l1 · Σ |w| + l2 · Σ w², whose gradient is l1 · sign w + 2 · l2 · w.

    Zou and Hastie, Regularization and variable selection via the elastic net, 2005.
    """

    formula: ClassVar[str] = "l1 · Σ |w| + l2 · Σ w²"

    type: Literal["l1_l2"] = "l1_l2"
    l1: float = Field(default=0.01, ge=0, description="the factor on the sum of sizes")
    l2: float = Field(default=0.01, ge=0, description="the factor on the sum of squares")

    def value(self, array: Array) -> float:
        sizes = np.abs(array).sum(dtype=np.float64)
        return float(self.l1 * sizes + self.l2 * np.square(array, dtype=np.float64).sum())

    def gradient(self, array: Array) -> Array:
        gradient = np.sign(array)
        gradient *= self.l1
        gradient += array * (2 * self.l2)
        return gradient
