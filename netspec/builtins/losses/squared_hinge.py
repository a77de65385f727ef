"""Squared hinge: a hinge that punishes far misses more."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Array
from netspec.builtins.targets import signs

from .elementwise import ElementwiseLoss

__all__ = ["SquaredHinge"]


class SquaredHinge(ElementwiseLoss):
    """max(0, 1 − s ŷ)², with s = 1 where the target is above 0, else −1.

    Targets may so be ±1, 0 and 1, or class indices.
    """

    formula: ClassVar[str] = "l = mean max(0, 1 − s ŷ)², s = ±1"

    type: Literal["squared_hinge"] = "squared_hinge"

    def terms(self, output: Array, target: Array) -> Array:
        terms = 1 - signs(target) * output
        np.maximum(terms, 0, out=terms)
        terms *= terms
        return terms

    def slopes(self, output: Array, target: Array) -> Array:
        sign = signs(target)
        slopes = 1 - sign * output
        np.maximum(slopes, 0, out=slopes)
        slopes *= sign
        slopes *= -2
        return slopes
