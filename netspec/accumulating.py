"""Gradient accumulation: several batches that make one step, as one large batch would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .arrays import Array, Gradients, finite

__all__ = ["Accumulator"]


class Accumulator:
    """Σ w g over the batches since the last step, where g is the mean gradient of a batch and w the
    weight of its samples; divided by Σ w it is the gradient of all their samples together."""

    def __init__(self) -> None:
        self.weight = 0.0
        self.sums: dict[str, Array] = {}

    def add(self, gradients: Gradients, weight: float) -> bool:
        """Add a batch; False, and nothing is added, where a gradient is not finite."""
        if not all(finite(gradient) for gradient in gradients.values()):
            return False
        self.weight += weight
        for path, gradient in gradients.items():
            if path in self.sums:
                self.sums[path] += np.asarray(gradient) * weight
            else:
                self.sums[path] = np.asarray(gradient) * weight
        return True

    def take(self) -> Gradients:
        """The mean gradient of all that was added, from which the sums begin anew."""
        gradients: Gradients = {path: each / self.weight for path, each in self.sums.items()}
        self.weight, self.sums = 0.0, {}
        return gradients

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        return {"weight": self.weight, "sums": self.sums}

    def take_state(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that `state` gave."""
        self.weight, self.sums = state["weight"], dict(state["sums"])
