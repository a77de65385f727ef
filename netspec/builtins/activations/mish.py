"""Mish: x, weighed by the tanh of its softplus."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Activation, Array, Program
from netspec.builtins.stable import logistic, softplus

__all__ = ["Mish"]


class Mish(Activation):
    """x tanh(log(1 + eˣ)). PyTorch's `Mish`. Misra, Mish: a self regularized activation function, 2019."""

    formula: ClassVar[str] = "y = x tanh(softplus(x))"

    type: Literal["mish"] = "mish"

    def forward(self, x: Array) -> Array:
        y = np.tanh(softplus(x))
        y *= x
        return y

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        gate = np.tanh(softplus(x))
        dx = 1 - gate * gate
        dx *= x
        dx *= logistic(x)
        dx += gate
        dx *= grad
        return dx

    def lower(self, program: Program) -> str:
        gate = program.add("Tanh", program.softplus(program.x))
        return program.add("Mul", program.x, gate)
