"""Zeros: nothing to begin with."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Array, Initializer, Shape

__all__ = ["Zeros"]


class Zeros(Initializer):
    """0 everywhere: right for biases, useless for weights, whose units would stay alike."""

    formula: ClassVar[str] = "w = 0"

    type: Literal["zeros"] = "zeros"

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
        return np.zeros(shape)
