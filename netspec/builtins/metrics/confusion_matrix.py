"""The confusion matrix: how often each class is taken for each."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from .confusion import ConfusionMetric

__all__ = ["ConfusionMatrix"]


class ConfusionMatrix(ConfusionMetric):
    """The weight of the samples of each true class (rows) that were given each class (columns).

    The value is a list, row after row, which can be printed and not monitored.
    """

    formula: ClassVar[str] = "Cᵢⱼ = Σ w [y = i] [ŷ = j]"
    listed: ClassVar[bool] = True

    type: Literal["confusion_matrix"] = "confusion_matrix"

    def value(self, seen: Any) -> list[float]:
        return [] if seen is None else [float(cell) for cell in seen.ravel()]
