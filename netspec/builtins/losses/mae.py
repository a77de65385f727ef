"""Mean absolute error."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Array

from .elementwise import ElementwiseLoss

__all__ = ["MAE"]


class MAE(ElementwiseLoss):
    """|ŷ − y|, reduced over the outputs of one sample.

    Its slope at 0 is 0, as in PyTorch's `L1Loss`. Targets have the output's shape, or are class
    indices (one-hot).
    """

    formula: ClassVar[str] = "l = mean |ŷ − y|"

    type: Literal["mae"] = "mae"

    def terms(self, output: Array, target: Array) -> Array:
        difference = output - target
        return np.abs(difference, out=difference)

    def slopes(self, output: Array, target: Array) -> Array:
        difference = output - target
        return np.sign(difference, out=difference)
