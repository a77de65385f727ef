"""Log loss: how surprised the probabilities are by the classes that came."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Array
from netspec.builtins.targets import like_output

from .average import AverageMetric
from .decisions import check_classes

__all__ = ["LogLoss"]


class LogLoss(AverageMetric):
    """−Σ y log p over the classes of each sample, or −y log p − (1 − y) log(1 − p) for `(1,)`.

    The output must hold probabilities; one of 0 counts as the smallest normal number of float64.
    """

    formula: ClassVar[str] = "−Σ w Σ y log p / Σ w"
    better: ClassVar[Literal["higher", "lower"]] = "lower"

    type: Literal["log_loss"] = "log_loss"

    def check(self, output_shape: tuple[int, ...]) -> None:
        check_classes(output_shape, self.type)

    def scores(self, output: Array, target: Array) -> Array:
        p = output.astype(np.float64)
        y = like_output(target, p)
        if p.shape[-1] == 1:
            p, y = np.concatenate([1 - p, p], axis=-1), np.concatenate([1 - y, y], axis=-1)
        return -(y * np.log(np.maximum(p, np.finfo(np.float64).tiny))).sum(axis=-1)
