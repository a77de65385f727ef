"""Hard swish: x, weighed by its own hard sigmoid."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Activation, Array, Program

__all__ = ["HardSwish"]


class HardSwish(Activation):
    """x min(max(x + 3, 0), 6) / 6.

    PyTorch's `Hardswish`. Howard and others, Searching for MobileNetV3, 2019.
    """

    formula: ClassVar[str] = "y = x min(max(x + 3, 0), 6) / 6"

    type: Literal["hard_swish"] = "hard_swish"

    def forward(self, x: Array) -> Array:
        y = np.clip(x + 3, 0, 6)
        y *= 1 / 6
        y *= x
        return y

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        slope = x * (1 / 3)
        slope += 0.5
        slope *= np.abs(x) < 3
        slope += x >= 3
        slope *= grad
        return slope

    def lower(self, program: Program) -> str:
        line = program.add("Max", program.add("Add", program.x, 3.0), 0.0)
        share = program.add("Div", program.add("Min", line, 6.0), 6.0)
        return program.add("Mul", program.x, share)
