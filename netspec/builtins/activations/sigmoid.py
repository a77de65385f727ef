"""Sigmoid: every value between 0 and 1."""

from __future__ import annotations

from typing import ClassVar, Literal

from netspec import Activation, Array, Program
from netspec.builtins.stable import sigmoid

__all__ = ["Sigmoid"]


class Sigmoid(Activation):
    """σ(x) = 1 / (1 + exp(−x)), value by value; σ' = σ (1 − σ).

    Computed in float32 with an absolute error of at most 10⁻⁷, in float64 over exp(−|x|); neither
    overflows. As in PyTorch's `Sigmoid`.
    """

    formula: ClassVar[str] = "y = 1 / (1 + exp(−x))"
    gives: ClassVar[str] = "probabilities"

    type: Literal["sigmoid"] = "sigmoid"

    def forward(self, x: Array) -> Array:
        return sigmoid(x)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        dx = 1 - y
        dx *= y
        dx *= grad
        return dx

    def lower(self, program: Program) -> str:
        return program.add("Sigmoid", program.x)
