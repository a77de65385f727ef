"""Binary accuracy: the share of right answers where each output is a yes or no of its own."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from netspec import Array
from netspec.builtins.targets import like_output

from .average import AverageMetric, sample_means
from .decisions import decided

__all__ = ["BinaryAccuracy"]


class BinaryAccuracy(AverageMetric):
    """The share of values on the right side of the threshold, over outputs of any shape.

    A target above 0.5 is a yes. For several labels at once; for one class out of many this number
    flatters, and `accuracy` is the right one.
    """

    formula: ClassVar[str] = "Σ w mean [(ŷ > threshold) = (y > ½)] / Σ w"

    type: Literal["binary_accuracy"] = "binary_accuracy"
    threshold: float = Field(default=0.5, description="above it an output says yes")

    def scores(self, output: Array, target: Array) -> Array:
        says, true = decided(output, like_output(target, output), self.threshold)
        return sample_means(says == true)
