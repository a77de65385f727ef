"""Softsign: like tanh, with longer tails."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Activation, Array, Program

__all__ = ["Softsign"]


class Softsign(Activation):
    """x / (1 + |x|); its slope is 1 / (1 + |x|)². PyTorch's `Softsign`."""

    formula: ClassVar[str] = "y = x / (1 + |x|)"

    type: Literal["softsign"] = "softsign"

    def forward(self, x: Array) -> Array:
        return x / (1 + np.abs(x))

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        slope = 1 - np.abs(y)
        slope *= slope
        slope *= grad
        return slope

    def lower(self, program: Program) -> str:
        size = program.add("Abs", program.x)
        return program.add("Div", program.x, program.add("Add", size, 1.0))
