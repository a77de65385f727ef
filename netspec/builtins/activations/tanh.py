"""Hyperbolic tangent: every value between −1 and 1."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Activation, Array, Program

__all__ = ["Tanh"]


class Tanh(Activation):
    """tanh(x), value by value; tanh' = 1 − tanh². As in PyTorch's `Tanh`."""

    formula: ClassVar[str] = "y = tanh(x)"

    type: Literal["tanh"] = "tanh"

    def forward(self, x: Array) -> Array:
        return np.tanh(x)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        dx = y * y
        dx *= grad
        return np.subtract(grad, dx, dx)

    def lower(self, program: Program) -> str:
        return program.add("Tanh", program.x)
