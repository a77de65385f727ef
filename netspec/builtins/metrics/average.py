"""What metrics share that are an average over samples."""

from __future__ import annotations

from abc import abstractmethod
from math import prod
from typing import Any

import numpy as np

from netspec import Array, Metric

__all__ = ["AverageMetric", "MeanOfScores", "sample_means", "sample_weights"]


def sample_means(values: Array) -> Array:
    """The mean over the values of each sample, `(N,)`, in float64."""
    flat = values.reshape(len(values), prod(values.shape[1:]))
    return flat.mean(axis=1, dtype=np.float64)


def sample_weights(output: Array, weight: Array | None) -> Array:
    """The weight of each sample in float64: 1 where none are given."""
    return np.ones(len(output)) if weight is None else weight.astype(np.float64)


class MeanOfScores(Metric):
    """A function of Σ w s / Σ w over all samples, where a subclass says the score s of each."""

    def observe(self, seen: Any, output: Array, target: Array, weight: Array | None) -> Any:
        total, count = seen or (0.0, 0.0)
        weights = sample_weights(output, weight)
        scores = self.scores(output, target).astype(np.float64)
        return total + float(scores @ weights), count + float(weights.sum())

    def mean(self, seen: Any) -> float:
        """Σ w s / Σ w of what was seen, NaN where that is nothing."""
        total, count = seen or (0.0, 0.0)
        return total / count if count else float("nan")

    @abstractmethod
    def scores(self, output: Array, target: Array) -> Array:
        """The score of each sample, `(N,)`."""


class AverageMetric(MeanOfScores):
    """Σ w s / Σ w itself."""

    def value(self, seen: Any) -> float:
        return self.mean(seen)
