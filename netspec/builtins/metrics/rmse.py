"""Root mean squared error."""

from __future__ import annotations

from math import sqrt
from typing import Any, ClassVar, Literal

import numpy as np

from netspec import Array
from netspec.builtins.targets import like_output

from .average import MeanOfScores, sample_means

__all__ = ["RMSE"]


class RMSE(MeanOfScores):
    """√ of the mean of (ŷ − y)² over all outputs and weighted samples, in the target's unit."""

    formula: ClassVar[str] = "√(Σ w mean (ŷ − y)² / Σ w)"
    better: ClassVar[Literal["higher", "lower"]] = "lower"

    type: Literal["rmse"] = "rmse"

    def scores(self, output: Array, target: Array) -> Array:
        return sample_means(np.square(output - like_output(target, output), dtype=np.float64))

    def value(self, seen: Any) -> float:
        return sqrt(self.mean(seen))
