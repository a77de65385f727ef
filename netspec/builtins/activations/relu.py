"""ReLU: what is positive stays, the rest is 0."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Activation, Array, Program

from .gating import gated

__all__ = ["ReLU"]


class ReLU(Activation):
    """max(x, 0), value by value; its derivative at 0 is 0, as in PyTorch's `ReLU`.

    Nair and Hinton, Rectified linear units improve restricted Boltzmann machines, 2010.
    """

    formula: ClassVar[str] = "y = max(x, 0)"

    type: Literal["relu"] = "relu"

    def forward(self, x: Array) -> Array:
        # In vectors, where `np.maximum` compares with a number one by one.
        return x.clip(0, np.inf)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return gated(grad, y > 0)

    def lower(self, program: Program) -> str:
        return program.add("Relu", program.x)
