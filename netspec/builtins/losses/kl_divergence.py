"""Kullback-Leibler divergence: what it costs to take one distribution for another."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array
from netspec.builtins.stable import log_probabilities, logarithm, row_sum, softmax

from .rows import RowLoss

__all__ = ["KLDivergence"]


class KLDivergence(RowLoss):
    """Σ y (log y − log p) over the last axis; a y of 0 costs nothing.

    The output holds probabilities p: a last `softmax` is absorbed, so that loss and gradient stay
    exact for logits of any size; with `logits` the output is z itself. Without a softmax to absorb,
    a p of 0 counts as the smallest normal number. PyTorch's `KLDivLoss`, which takes log p. Kullback
    and Leibler, On information and sufficiency, 1951.
    """

    formula: ClassVar[str] = "l = Σ y (log y − log p)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (*RowLoss.examples, {"logits": True})
    absorbs: ClassVar[str] = "softmax"
    bounds: ClassVar[tuple[float, float] | None] = (0, 1)

    type: Literal["kl_divergence"] = "kl_divergence"
    logits: bool = Field(default=False, description="the output is what a softmax would be given")

    def terms(self, output: Array, target: Array) -> Array:
        ratios = logarithm(target)
        ratios -= log_probabilities(output) if self.logits else logarithm(output)
        ratios *= target
        return row_sum(ratios)[..., 0]

    def slopes(self, output: Array, target: Array) -> Array:
        """−y / p, or by logits p Σy − y."""
        if not self.logits:
            return -target / np.maximum(output, np.finfo(output.dtype).tiny)
        slopes = softmax(output)
        slopes *= row_sum(target)
        slopes -= target
        return slopes
