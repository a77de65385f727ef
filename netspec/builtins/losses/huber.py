"""Huber: squared near the target, absolute far from it."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array

from .elementwise import ElementwiseLoss

__all__ = ["Huber"]


class Huber(ElementwiseLoss):
    """½ d² where |d| ≤ δ, δ (|d| − ½ δ) beyond, with d = ŷ − y: outliers pull with a force of δ.

    PyTorch's `HuberLoss`. Huber, Robust estimation of a location parameter, 1964.
    """

    formula: ClassVar[str] = "l = mean (½ d² if |d| ≤ δ else δ (|d| − ½ δ)), d = ŷ − y"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (*ElementwiseLoss.examples, {"delta": 0.5})

    type: Literal["huber"] = "huber"
    delta: float = Field(default=1.0, gt=0, description="the distance from which it is absolute")

    def terms(self, output: Array, target: Array) -> Array:
        distance = np.abs(output - target)
        near = np.minimum(distance, self.delta)
        return near * (distance - 0.5 * near)

    def slopes(self, output: Array, target: Array) -> Array:
        difference = output - target
        return np.clip(difference, -self.delta, self.delta, out=difference)
