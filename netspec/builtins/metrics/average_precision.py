"""Average precision: the mean of the precisions at which the true samples are found."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Array

from .ranking import RankingMetric

__all__ = ["AveragePrecision"]


class AveragePrecision(RankingMetric):
    """Σ (Rₙ − Rₙ₋₁) Pₙ down the thresholds, of recall R and precision P; equal outputs count at once.

    It says more than the area under the ROC curve where few samples are true. A class that no sample
    has counts 0. As scikit-learn's `average_precision_score`.
    """

    formula: ClassVar[str] = "Σ (Rₙ − Rₙ₋₁) Pₙ"

    type: Literal["average_precision"] = "average_precision"

    def curve(self, right: Array, wrong: Array) -> float:
        if not (len(right) and right[-1] > 0):
            return 0.0
        found = right + wrong
        precision = np.divide(right, found, out=np.zeros(len(found)), where=found > 0)
        return float(np.diff(right / right[-1], prepend=0.0) @ precision)
