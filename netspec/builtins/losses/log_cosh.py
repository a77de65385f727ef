"""Log-cosh: like Huber, without a seam."""

from __future__ import annotations

from math import log
from typing import ClassVar, Literal

import numpy as np

from netspec import Array

from .elementwise import ElementwiseLoss

__all__ = ["LogCosh"]


class LogCosh(ElementwiseLoss):
    """log cosh(ŷ − y), exact for distances of any size; its slope is tanh(ŷ − y)."""

    formula: ClassVar[str] = "l = mean log cosh(ŷ − y)"

    type: Literal["log_cosh"] = "log_cosh"

    def terms(self, output: Array, target: Array) -> Array:
        distance = np.abs(output - target)
        return distance + np.log1p(np.exp(-2 * distance)) - log(2)

    def slopes(self, output: Array, target: Array) -> Array:
        difference = output - target
        return np.tanh(difference, out=difference)
