"""Exponential: every value above 0."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Activation, Array, Program

__all__ = ["Exponential"]


class Exponential(Activation):
    """eˣ, its own slope; beyond 88 in float32 (709 in float64) it is infinite."""

    formula: ClassVar[str] = "y = exp(x)"

    type: Literal["exponential"] = "exponential"

    def forward(self, x: Array) -> Array:
        with np.errstate(over="ignore"):
            return np.exp(x)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return grad * y

    def lower(self, program: Program) -> str:
        return program.add("Exp", program.x)
