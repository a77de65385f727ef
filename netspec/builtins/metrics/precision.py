"""Precision: how much of what was called a class is one."""

from __future__ import annotations

from typing import ClassVar, Literal

from netspec import Array

from .confusion import ClassRates, ratio

__all__ = ["Precision"]


class Precision(ClassRates):
    """right / predicted of each class, averaged over the classes as `average` says.

    Class indices and one-hot targets give the same number. As in scikit-learn.
    """

    formula: ClassVar[str] = "right / predicted"

    type: Literal["precision"] = "precision"

    def rate(self, right: Array, predicted: Array, true: Array) -> Array:
        return ratio(right, predicted)
