"""What metrics share that look at the order of the outputs: exact over all of them."""

from __future__ import annotations

from abc import abstractmethod
from math import nan, prod
from typing import Any, ClassVar

import numpy as np

from netspec import Array, Metric
from netspec.builtins.targets import like_output

from .average import sample_weights
from .averaging import AVERAGES, Averaging
from .decisions import check_classes

__all__ = ["RankingMetric"]


class RankingMetric(Metric):
    """A metric of how well each output orders the samples, for a yes or no of its own.

    An output of `(1,)` has one such order, one of `(classes,)` has one for each class against all
    others, or for each label where a sample may have several. `macro` is the mean over the classes,
    `weighted` the mean by how often a class is true, `micro` the metric of all outputs taken
    together, `binary` class 1 alone. All outputs are kept until the end.
    """

    examples: ClassVar[tuple[dict[str, Any], ...]] = AVERAGES

    average: Averaging = "macro"

    def check(self, output_shape: tuple[int, ...]) -> None:
        check_classes(output_shape, self.type)

    def observe(self, seen: Any, output: Array, target: Array, weight: Array | None) -> Any:
        shape = (len(output), prod(output.shape[1:]))
        true = like_output(target, output).reshape(shape) > 0.5
        part = (output.reshape(shape).copy(), true, sample_weights(output, weight))
        return (*(seen or ()), part)

    def value(self, seen: Any) -> float:
        if seen is None:
            return nan
        scores, true, weight = (np.concatenate(parts) for parts in zip(*seen, strict=True))
        if self.average == "micro":
            columns = scores.shape[1]
            return self._of(scores.ravel(), true.ravel(), np.repeat(weight, columns))
        last = scores.shape[1] - 1
        classes = [min(1, last)] if self.average == "binary" else list(range(last + 1))
        values = np.array([self._of(scores[:, k], true[:, k], weight) for k in classes])
        shares = np.array([weight @ true[:, k] for k in classes])
        if self.average != "weighted":
            shares = np.ones(len(values))
        defined = ~np.isnan(values)
        total = shares[defined].sum()
        return float(values[defined] @ shares[defined] / total) if total else nan

    def _of(self, scores: Array, true: Array, weight: Array) -> float:
        """The metric of one order; of equal scores, all come at once."""
        order = np.argsort(-scores, kind="stable")
        scores, true, weight = scores[order], true[order], weight[order]
        ends = np.flatnonzero(np.append(scores[1:] != scores[:-1], True)) if len(scores) else order
        right = np.cumsum(weight * true)[ends]
        wrong = np.cumsum(weight * ~true)[ends]
        return self.curve(right, wrong)

    @abstractmethod
    def curve(self, right: Array, wrong: Array) -> float:
        """The metric from the weights of what is true and what is false down to each threshold.

        NaN where it has no meaning.
        """
