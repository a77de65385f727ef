"""Quantile: too little and too much cost differently."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array

from .elementwise import ElementwiseLoss

__all__ = ["Quantile"]


class Quantile(ElementwiseLoss):
    """q (y − ŷ) where ŷ is too small, (1 − q) (ŷ − y) where it is too large: ŷ learns the quantile q.

    With q = ½ it is half the absolute error. Koenker and Bassett, Regression quantiles, 1978.
    """

    formula: ClassVar[str] = "l = mean max(q (y − ŷ), (1 − q) (ŷ − y))"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (*ElementwiseLoss.examples, {"quantile": 0.9})

    type: Literal["quantile"] = "quantile"
    quantile: float = Field(default=0.5, gt=0, lt=1, description="the share of targets below ŷ")

    def terms(self, output: Array, target: Array) -> Array:
        short = target - output
        return np.maximum(short * self.quantile, short * (self.quantile - 1))

    def slopes(self, output: Array, target: Array) -> Array:
        slopes = (output > target).astype(output.dtype)
        slopes -= self.quantile
        slopes[output == target] = 0
        return slopes
