"""Top k: whether the true class is among the k likeliest."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, SpecError

from .average import AverageMetric
from .decisions import true_classes

__all__ = ["TopK"]


class TopK(AverageMetric):
    """The share of samples whose true class is among the k largest outputs of `(classes,)`.

    Of equal values the first count as larger, so that k = 1 is `accuracy`; in scikit-learn's
    `top_k_accuracy_score` the last do.
    """

    formula: ClassVar[str] = "Σ w [y among the k largest ŷ] / Σ w"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"k": 2},)

    type: Literal["top_k"] = "top_k"
    k: int = Field(default=5, gt=0, description="how many guesses count")

    def check(self, output_shape: tuple[int, ...]) -> None:
        if len(output_shape) != 1 or output_shape[0] <= self.k:
            raise SpecError(
                f"top_k with k = {self.k} needs more than {self.k} classes, and the output has shape "
                f"{output_shape}",
                "end with a layer of (classes,), or choose a smaller k",
            )

    def scores(self, output: Array, target: Array) -> Array:
        true = true_classes(output, target)[:, None]
        value = np.take_along_axis(output, true, axis=1)
        first = np.arange(output.shape[1]) < true
        ahead = (output > value) | ((output == value) & first)
        return np.count_nonzero(ahead, axis=1) < self.k
