"""Mean absolute error, as a metric."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Array
from netspec.builtins.targets import like_output

from .average import AverageMetric, sample_means

__all__ = ["MeanAbsoluteError"]


class MeanAbsoluteError(AverageMetric):
    """|ŷ − y|, averaged over the outputs of a sample and over the weighted samples.

    It has the unit of the target. Class indices count as one-hot.
    """

    formula: ClassVar[str] = "Σ w mean |ŷ − y| / Σ w"
    better: ClassVar[Literal["higher", "lower"]] = "lower"

    type: Literal["mae"] = "mae"

    def scores(self, output: Array, target: Array) -> Array:
        return sample_means(np.abs(output - like_output(target, output)))
