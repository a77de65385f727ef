"""Kullback-Leibler divergence: what it costs to take one distribution for another."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Array
from netspec.builtins.stable import row_sum

from .rows import RowLoss

__all__ = ["KLDivergence"]


class KLDivergence(RowLoss):
    """Σ y (log y − log p) over the last axis; a y of 0 costs nothing.

    The output holds probabilities p; one of 0 counts as the smallest normal number. PyTorch's
    `KLDivLoss`, which takes log p. Kullback and Leibler, On information and sufficiency, 1951.
    """

    formula: ClassVar[str] = "l = Σ y (log y − log p)"
    takes: ClassVar[str] = "probabilities"
    bounds: ClassVar[tuple[float, float] | None] = (0, 1)

    type: Literal["kl_divergence"] = "kl_divergence"

    def terms(self, output: Array, target: Array) -> Array:
        tiny = np.finfo(output.dtype).tiny
        ratios = np.log(np.maximum(target, tiny)) - np.log(np.maximum(output, tiny))
        return row_sum(target * ratios)[..., 0]

    def slopes(self, output: Array, target: Array) -> Array:
        return -target / np.maximum(output, np.finfo(output.dtype).tiny)
