"""Log-softmax: the logarithms of a distribution over the last axis."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Activation, Array, Program
from netspec.builtins.stable import log_softmax, row_sum

__all__ = ["LogSoftmax"]


class LogSoftmax(Activation):
    """xᵢ − log Σⱼ exp(xⱼ) over the last axis, exact for values of any size.

    PyTorch's `LogSoftmax(dim=-1)`.
    """

    formula: ClassVar[str] = "yᵢ = xᵢ − log Σⱼ exp(xⱼ)"
    elementwise: ClassVar[bool] = False

    type: Literal["log_softmax"] = "log_softmax"

    def forward(self, x: Array) -> Array:
        return log_softmax(x)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        dx = np.exp(y)
        dx *= row_sum(grad)
        np.subtract(grad, dx, out=dx)
        return dx

    def lower(self, program: Program) -> str:
        return program.add("LogSoftmax", program.x, axis=-1)
