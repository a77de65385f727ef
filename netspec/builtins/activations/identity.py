"""Identity: the activation that does nothing."""

from __future__ import annotations

from typing import ClassVar, Literal

from netspec import Activation, Array, Program

__all__ = ["Identity"]


class Identity(Activation):
    """y = x: the very array that came in, as layers write into arrays of their own only."""

    formula: ClassVar[str] = "y = x"

    type: Literal["identity"] = "identity"

    def forward(self, x: Array) -> Array:
        return x

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return grad

    def lower(self, program: Program) -> str:
        return program.x
