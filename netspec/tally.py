"""What an open epoch has seen so far: the sums of its losses, and what the metrics saw."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from .arrays import Array
from .evaluation import finish
from .kinds import Metric
from .objective import Step

__all__ = ["Tally"]

# Values of outputs that wait before the metrics look at them: a call for each batch would cost a
# small network's time.
_OBSERVED = 2**15


class Tally:
    """Σ w l and Σ w over the batches of an epoch, and what was seen of their outputs."""

    def __init__(self, metrics: tuple[Metric, ...]) -> None:
        self._metrics = metrics
        self.total = self.weight = 0.0
        self._seen: dict[str, Any] = {metric.key: None for metric in metrics}
        self._waiting: list[tuple[Array, Array, Array | None]] = []

    def add(self, step: Step, target: Array, weight: Array | None) -> None:
        """Count a batch."""
        self.total += step.loss
        self.weight += step.weight
        if self._metrics:
            self._waiting.append((step.output, target, weight))
            if len(self._waiting) * step.output.size >= _OBSERVED:
                self._observe()

    @property
    def loss(self) -> float:
        """Σ w l / Σ w of what was counted; NaN where that is nothing."""
        return self.total / self.weight if self.weight else math.nan

    def record(self) -> dict[str, Any]:
        """The loss and the metrics of what was counted."""
        self._observe()
        return {"loss": self.loss, **finish(self._metrics, self._seen)}

    def _observe(self) -> None:
        if not self._waiting:
            return
        outputs, targets, weights = zip(*self._waiting, strict=True)
        weight = None if weights[0] is None else np.concatenate(weights)
        output, target = np.concatenate(outputs), np.concatenate(targets)
        for metric in self._metrics:
            key = metric.key
            self._seen[key] = metric.observe(self._seen[key], output, target, weight)
        self._waiting = []

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        return {
            "total": self.total,
            "weight": self.weight,
            "seen": self._seen,
            "waiting": self._waiting,
        }

    def take_state(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that `state` gave."""
        self.total, self.weight = state["total"], state["weight"]
        self._seen, self._waiting = dict(state["seen"]), list(state["waiting"])
