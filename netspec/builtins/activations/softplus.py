"""Softplus: a ReLU without a corner."""

from __future__ import annotations

from typing import ClassVar, Literal

from netspec import Activation, Array, Program
from netspec.builtins.stable import logistic, softplus

__all__ = ["Softplus"]


class Softplus(Activation):
    """log(1 + eˣ), exact for values of any size; its slope is σ(x).

    PyTorch's `Softplus`, which from 20 on gives x itself: the difference is at most 2·10⁻⁹.
    """

    formula: ClassVar[str] = "y = log(1 + exp(x))"

    type: Literal["softplus"] = "softplus"

    def forward(self, x: Array) -> Array:
        return softplus(x)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        dx = logistic(x)
        dx *= grad
        return dx

    def lower(self, program: Program) -> str:
        return program.softplus(program.x)
