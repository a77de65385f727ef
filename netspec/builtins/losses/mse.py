"""Mean squared error."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Array
from netspec.builtins.targets import like_output

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

    def both(self, output: Array, target: Array) -> tuple[Array, Array, None]:
        """Value and gradient from one difference."""
        difference = output - like_output(target, output)
        terms = difference * difference
        slope = 2 * self.share(output)
        if slope != 1:
            np.multiply(difference, slope, difference)
        return self.reduced(terms), difference, None

    def slopes(self, output: Array, target: Array) -> Array:
        difference = output - target
        difference *= 2
        return difference
