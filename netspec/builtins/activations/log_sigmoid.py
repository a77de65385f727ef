"""Log-sigmoid: the logarithm of a probability."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Activation, Array, Program
from netspec.builtins.stable import logistic, softplus

__all__ = ["LogSigmoid"]


class LogSigmoid(Activation):
    """log σ(x) = −log(1 + e⁻ˣ), exact where σ itself would be 0. PyTorch's `LogSigmoid`."""

    formula: ClassVar[str] = "y = −log(1 + exp(−x))"

    type: Literal["log_sigmoid"] = "log_sigmoid"

    def forward(self, x: Array) -> Array:
        y = softplus(-x)
        return np.negative(y, out=y)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        dx = logistic(-x)
        dx *= grad
        return dx

    def lower(self, program: Program) -> str:
        return program.add("Neg", program.softplus(program.add("Neg", program.x)))
