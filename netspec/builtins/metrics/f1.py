"""F1: the harmonic mean of precision and recall."""

from __future__ import annotations

from typing import ClassVar, Literal

from netspec import Array

from .confusion import ClassRates, ratio

__all__ = ["F1"]


class F1(ClassRates):
    """2 right / (predicted + true) of each class, averaged over the classes as `average` says.

    Class indices and one-hot targets give the same number. As in scikit-learn.
    """

    formula: ClassVar[str] = "2 right / (predicted + true)"

    type: Literal["f1"] = "f1"

    def rate(self, right: Array, predicted: Array, true: Array) -> Array:
        return ratio(2 * right, predicted + true)
