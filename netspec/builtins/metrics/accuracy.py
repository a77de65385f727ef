"""Accuracy: the share of samples whose class is right."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from netspec import Array

from .average import AverageMetric
from .decisions import check_classes, classes_of

__all__ = ["Accuracy"]


class Accuracy(AverageMetric):
    """The share of samples whose class is right, weighted where samples have weights.

    What it means follows from the output's shape alone: of `(classes,)` the largest value decides,
    the first of equals; of `(1,)` it is class 1 above the `threshold` (0.5 for probabilities, 0 for
    logits). Class indices and one-hot targets give the same number. Other shapes are refused:
    several answers at once are measured by `binary_accuracy`.
    """

    formula: ClassVar[str] = "Σ w [argmax ŷ = y] / Σ w"

    type: Literal["accuracy"] = "accuracy"
    threshold: float = Field(default=0.5, description="above it, an output of (1,) says class 1")

    def check(self, output_shape: tuple[int, ...]) -> None:
        check_classes(output_shape, self.type)

    def scores(self, output: Array, target: Array) -> Array:
        predicted, true = classes_of(output, target, self.threshold)
        return predicted == true
