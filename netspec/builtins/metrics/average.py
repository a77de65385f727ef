"""What metrics share that are an average over samples."""

from __future__ import annotations

from abc import abstractmethod
from math import prod
from typing import Any

import numpy as np

from netspec import Array, Metric

__all__ = ["AverageMetric", "sample_means", "weighted_sums"]


def weighted_sums(values: Array, weight: Array | None) -> tuple[float, float]:
    """Σ w v and Σ w in float64, where every w is 1 if none are given."""
    if weight is None:
        return float(values.sum(dtype=np.float64)), float(len(values))
    weight = weight.astype(np.float64)
    return float(np.dot(values.astype(np.float64), weight)), float(weight.sum())


def sample_means(values: Array) -> Array:
    """The mean over the values of each sample, `(N,)`, in float64."""
    flat = values.reshape(len(values), prod(values.shape[1:]))
    return flat.mean(axis=1, dtype=np.float64)


class AverageMetric(Metric):
    """Σ w s / Σ w over all samples, where a subclass says the score s of each."""

    def observe(
        self, seen: tuple[float, float] | None, output: Array, target: Array, weight: Array | None
    ) -> tuple[float, float]:
        total, count = seen or (0.0, 0.0)
        scores = self.scores(output, target)
        more, weights = weighted_sums(scores, weight)
        return total + more, count + weights

    def value(self, seen: Any) -> float:
        total, count = seen or (0.0, 0.0)
        return total / count if count else float("nan")

    @abstractmethod
    def scores(self, output: Array, target: Array) -> Array:
        """The score of each sample, `(N,)`."""
