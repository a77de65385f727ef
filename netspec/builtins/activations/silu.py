"""SiLU, or swish: x, weighed by its own sigmoid."""

from __future__ import annotations

from typing import ClassVar, Literal

from netspec import Activation, Array, Program
from netspec.builtins.stable import logistic

__all__ = ["SiLU"]


class SiLU(Activation):
    """x σ(x); the slope is σ + y (1 − σ).

    PyTorch's `SiLU`. Hendrycks and Gimpel, Gaussian error linear units, 2016; Ramachandran, Zoph and
    Le, Searching for activation functions, 2017.
    """

    formula: ClassVar[str] = "y = x σ(x)"

    type: Literal["silu"] = "silu"

    def forward(self, x: Array) -> Array:
        y = logistic(x)
        y *= x
        return y

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        gate = logistic(x)
        dx = 1 - gate
        dx *= y
        dx += gate
        dx *= grad
        return dx

    def lower(self, program: Program) -> str:
        return program.add("Mul", program.x, program.add("Sigmoid", program.x))
