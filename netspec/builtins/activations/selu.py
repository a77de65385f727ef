"""SELU: an ELU scaled so that mean 0 and variance 1 reproduce themselves."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Activation, Array, Program

__all__ = ["SELU"]


# The fixed point of mean 0 and variance 1.
_ALPHA = 1.6732632423543772848170429916717
_SCALE = 1.0507009873554804934193349852946


class SELU(Activation):
    """λ x where x is positive, λ α (eˣ − 1) elsewhere, λ = 1.0507…, α = 1.6732….

    PyTorch's `SELU`. Klambauer and others, Self-normalizing neural networks, 2017.
    """

    formula: ClassVar[str] = "y = λ (x if x > 0 else α (exp(x) − 1))"

    type: Literal["selu"] = "selu"

    def forward(self, x: Array) -> Array:
        low = np.expm1(np.minimum(x, 0))
        low *= _SCALE * _ALPHA
        low += np.maximum(x, 0) * _SCALE
        return low

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        """Below 0 the slope is λ α eˣ; y + λ α would cancel."""
        slope = np.exp(np.minimum(x, 0))
        slope *= _SCALE * _ALPHA
        slope *= x <= 0
        slope += np.multiply(x > 0, _SCALE, dtype=x.dtype)
        slope *= grad
        return slope

    def lower(self, program: Program) -> str:
        low = program.expm1(program.add("Min", program.x, 0.0))
        low = program.add("Mul", low, _SCALE * _ALPHA)
        high = program.add("Mul", program.add("Max", program.x, 0.0), _SCALE)
        return program.add("Add", low, high)
