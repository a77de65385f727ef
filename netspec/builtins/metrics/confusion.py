"""What metrics share that follow from how often each class is taken for each."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from netspec import Array, Metric

from .average import sample_weights
from .averaging import AVERAGES, Averaging
from .decisions import check_classes, classes_of

__all__ = ["ClassRates", "ConfusionMetric", "ratio"]


def ratio(above: Array, below: Array) -> Array:
    """The quotient, and 0 where there is nothing to divide by."""
    return np.divide(above, below, out=np.zeros(np.shape(below)), where=below > 0)


class ConfusionMetric(Metric):
    """A metric of the confusion matrix: rows are true classes, columns predicted ones.

    Outputs are `(classes,)`, or `(1,)` for a yes or no, above the `threshold` a yes.
    """

    threshold: float = Field(default=0.5, description="above it, an output of (1,) says class 1")

    def check(self, output_shape: tuple[int, ...]) -> None:
        check_classes(output_shape, self.type)

    def observe(self, seen: Any, output: Array, target: Array, weight: Array | None) -> Array:
        classes = max(2, output.shape[-1])
        predicted, true = classes_of(output, target, self.threshold)
        cells = np.bincount(
            true * classes + predicted, sample_weights(output, weight), classes * classes
        )
        matrix: Array = cells.reshape(classes, classes)
        return matrix if seen is None else seen + matrix


class ClassRates(ConfusionMetric):
    """A rate of each class, averaged: a subclass says `rate` from the three counts.

    `macro` is the plain mean over the classes, `weighted` the mean by how often a class is true,
    `micro` the rate of all counts together, `binary` class 1 alone. A rate without any case is 0.
    As in scikit-learn.
    """

    examples: ClassVar[tuple[dict[str, Any], ...]] = AVERAGES

    average: Averaging = "macro"

    def value(self, seen: Any) -> float:
        if seen is None:
            return float("nan")
        right, predicted, true = np.diagonal(seen), seen.sum(axis=0), seen.sum(axis=1)
        if self.average == "micro":
            return float(self.rate(right.sum(), predicted.sum(), true.sum()))
        rates = self.rate(right, predicted, true)
        if self.average == "binary":
            return float(rates[1])
        if self.average == "weighted":
            return float(ratio(rates @ true, true.sum()))
        return float(rates[(predicted > 0) | (true > 0)].mean()) if seen.any() else float("nan")

    @abstractmethod
    def rate(self, right: Array, predicted: Array, true: Array) -> Array:
        """The rate from the weights of what is right, predicted and true."""
