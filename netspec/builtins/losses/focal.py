"""Focal loss: cross-entropy that looks away from what is easy."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array
from netspec.builtins.stable import log_probabilities, logarithm, row_sum

from .rows import RowLoss

__all__ = ["Focal"]


class Focal(RowLoss):
    """−Σ y (1 − p)^γ log p over the last axis; with γ = 0 it is cross-entropy.

    The output holds probabilities: a last `softmax` is absorbed, so that loss and gradient stay
    exact for logits of any size; with `logits` the output is z itself. Lin and others, Focal loss
    for dense object detection, 2017.
    """

    formula: ClassVar[str] = "l = −Σ y (1 − p)^γ log p"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        *RowLoss.examples,
        {"logits": True},
        {"gamma": 0.5},
        {"gamma": 0.0, "logits": True},
    )
    absorbs: ClassVar[str] = "softmax"
    bounds: ClassVar[tuple[float, float] | None] = (0, 1)

    type: Literal["focal"] = "focal"
    logits: bool = Field(default=False, description="the output is what a softmax would be given")
    gamma: float = Field(default=2.0, ge=0, description="γ: how far it looks away")

    def terms(self, output: Array, target: Array) -> Array:
        logs = self._logs(output)
        costs = (1 - np.exp(logs)) ** self.gamma
        costs *= logs
        costs *= target
        return -row_sum(costs)[..., 0]

    def slopes(self, output: Array, target: Array) -> Array:
        logs = self._logs(output)
        p = np.exp(logs)
        by_log = self._slope_by_log(logs, p) * target
        if not self.logits:
            return by_log / np.maximum(output, np.finfo(output.dtype).tiny)
        p *= row_sum(by_log)
        by_log -= p
        return by_log

    def _slope_by_log(self, logs: Array, p: Array) -> Array:
        """∂/∂(log p) of −(1 − p)^γ log p = γ (1 − p)^(γ−1) p log p − (1 − p)^γ."""
        miss = 1 - p
        slope = -(miss**self.gamma)
        if self.gamma:
            safe = np.where(miss > 0, miss, 1)
            slope += np.where(miss > 0, self.gamma * safe ** (self.gamma - 1) * p * logs, 0)
        return slope

    def _logs(self, output: Array) -> Array:
        return log_probabilities(output) if self.logits else logarithm(output)
