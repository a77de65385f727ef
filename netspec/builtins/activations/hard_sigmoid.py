"""Hard sigmoid: a straight line between 0 and 1."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Activation, Array, Program

__all__ = ["HardSigmoid"]


class HardSigmoid(Activation):
    """0 below −3, 1 above 3, x/6 + ½ between. PyTorch's `Hardsigmoid`."""

    formula: ClassVar[str] = "y = min(max(x/6 + ½, 0), 1)"
    gives: ClassVar[str] = "probabilities"

    type: Literal["hard_sigmoid"] = "hard_sigmoid"

    def forward(self, x: Array) -> Array:
        y = x * (1 / 6)
        y += 0.5
        return np.clip(y, 0, 1, out=y)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        dx = grad * (1 / 6)
        dx *= np.abs(x) < 3
        return dx

    def lower(self, program: Program) -> str:
        line = program.add("Add", program.add("Div", program.x, 6.0), 0.5)
        return program.add("Min", program.add("Max", line, 0.0), 1.0)
