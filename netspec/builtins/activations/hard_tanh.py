"""Hard tanh: a straight line between −1 and 1."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Activation, Array, Program

from .gating import gated

__all__ = ["HardTanh"]


class HardTanh(Activation):
    """x, held between −1 and 1. PyTorch's `Hardtanh`."""

    formula: ClassVar[str] = "y = min(max(x, −1), 1)"

    type: Literal["hard_tanh"] = "hard_tanh"

    def forward(self, x: Array) -> Array:
        return np.clip(x, -1, 1)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return gated(grad, np.abs(x) < 1)

    def lower(self, program: Program) -> str:
        return program.add("Min", program.add("Max", program.x, -1.0), 1.0)
