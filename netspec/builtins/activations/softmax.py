"""Softmax: a distribution over the last axis."""

from __future__ import annotations

from typing import ClassVar, Literal

from netspec import Activation, Array, Program
from netspec.builtins.stable import row_sum, softmax

__all__ = ["Softmax"]


class Softmax(Activation):
    """yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ) over the last axis, `(N, …, classes)`.

    ∂xᵢ = yᵢ (δᵢ − Σⱼ δⱼ yⱼ), where δ = ∂L/∂y. As PyTorch's `Softmax(dim=-1)`, for values of any
    size. Before the loss `cross_entropy` the two are computed as one.
    """

    formula: ClassVar[str] = "yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)"
    gives: ClassVar[str] = "probabilities"
    elementwise: ClassVar[bool] = False

    type: Literal["softmax"] = "softmax"

    def forward(self, x: Array) -> Array:
        return softmax(x)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        dx = grad - row_sum(grad * y)
        dx *= y
        return dx

    def lower(self, program: Program) -> str:
        return program.add("Softmax", program.x, axis=-1)
