"""Mean squared error."""

from __future__ import annotations

from typing import ClassVar, Literal

from netspec import Array

from .elementwise import ElementwiseLoss

__all__ = ["MSE"]


class MSE(ElementwiseLoss):
    """(ŷ − y)², reduced over the outputs of one sample.

    `mean` is PyTorch's `MSELoss`; `half_sum`, ½ Σ (ŷ − y)², is the lecture's, whose derivative is
    ŷ − y without a factor. Targets have the output's shape, or are class indices (one-hot).
    """

    formula: ClassVar[str] = "l = mean (ŷ − y)², with half_sum ½ Σ (ŷ − y)²"

    type: Literal["mse"] = "mse"

    def terms(self, output: Array, target: Array) -> Array:
        difference = output - target
        difference *= difference
        return difference

    def slopes(self, output: Array, target: Array) -> Array:
        difference = output - target
        difference *= 2
        return difference
