"""Recall: how much of a class was found."""

from __future__ import annotations

from typing import ClassVar, Literal

from netspec import Array

from .confusion import ClassRates, ratio

__all__ = ["Recall"]


class Recall(ClassRates):
    """right / true of each class, averaged over the classes as `average` says.

    Class indices and one-hot targets give the same number. As in scikit-learn.
    """

    formula: ClassVar[str] = "right / true"

    type: Literal["recall"] = "recall"

    def rate(self, right: Array, predicted: Array, true: Array) -> Array:
        return ratio(right, true)
