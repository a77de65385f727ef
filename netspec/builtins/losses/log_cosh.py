"""Log-cosh: like Huber, without a seam."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Array

from .elementwise import ElementwiseLoss

__all__ = ["LogCosh"]

# Beyond it log cosh d is d − log 2 in every dtype, and sinh would overflow in time.
_FAR = 20


class LogCosh(ElementwiseLoss):
    """log cosh(ŷ − y), exact for distances of any size; its slope is tanh(ŷ − y)."""

    formula: ClassVar[str] = "l = mean log cosh(ŷ − y)"

    type: Literal["log_cosh"] = "log_cosh"

    def terms(self, output: Array, target: Array) -> Array:
        """cosh d = 1 + 2 sinh²(d/2), which keeps the digits of small distances."""
        distance = np.abs(output - target)
        near = np.minimum(distance, _FAR)
        return np.log1p(2 * np.square(np.sinh(near / 2))) + (distance - near)

    def slopes(self, output: Array, target: Array) -> Array:
        difference = output - target
        return np.tanh(difference, out=difference)
