"""The area under the ROC curve: how often a true sample ranks above a false one."""

from __future__ import annotations

from math import nan
from typing import ClassVar, Literal

import numpy as np

from netspec import Array

from .ranking import RankingMetric

__all__ = ["ROCAUC"]


class ROCAUC(RankingMetric):
    """The probability that a true sample has a higher output than a false one, ties counting half.

    ½ for outputs that say nothing, 1 for a perfect order, whatever the threshold. A class that every
    sample has, or none, has no such number and is left out of the mean (scikit-learn's
    `roc_auc_score`, with which the rest agrees, gives NaN then). Fawcett, An introduction to ROC
    analysis, 2006.
    """

    formula: ClassVar[str] = "P(ŷ₊ > ŷ₋) + ½ P(ŷ₊ = ŷ₋)"

    type: Literal["roc_auc"] = "roc_auc"

    def curve(self, right: Array, wrong: Array) -> float:
        if not (len(right) and right[-1] > 0 and wrong[-1] > 0):
            return nan
        height, width = right / right[-1], wrong / wrong[-1]
        return float(np.trapezoid(np.append(0, height), np.append(0, width)))
