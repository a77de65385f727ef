"""Hinge: right by a margin costs nothing."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Array
from netspec.builtins.targets import signs

from .elementwise import ElementwiseLoss

__all__ = ["Hinge"]


class Hinge(ElementwiseLoss):
    """max(0, 1 − s ŷ), with s = 1 where the target is above 0, else −1.

    Targets may so be ±1, 0 and 1, or class indices. Cortes and Vapnik, Support-vector networks, 1995.
    """

    formula: ClassVar[str] = "l = mean max(0, 1 − s ŷ), s = ±1"

    type: Literal["hinge"] = "hinge"

    def terms(self, output: Array, target: Array) -> Array:
        terms = 1 - signs(target) * output
        return np.maximum(terms, 0, out=terms)

    def slopes(self, output: Array, target: Array) -> Array:
        sign = signs(target)
        return -sign * (sign * output < 1)
