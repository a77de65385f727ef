"""ReLU6: a ReLU that ends at 6."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Activation, Array, Program

from .gating import gated

__all__ = ["ReLU6"]


class ReLU6(Activation):
    """max(x, 0), but at most 6. PyTorch's `ReLU6`. Krizhevsky, Convolutional deep belief networks, 2010."""

    formula: ClassVar[str] = "y = min(max(x, 0), 6)"

    type: Literal["relu6"] = "relu6"

    def forward(self, x: Array) -> Array:
        return np.clip(x, 0, 6)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return gated(grad, (y > 0) & (y < 6))

    def lower(self, program: Program) -> str:
        return program.add("Min", program.add("Max", program.x, 0.0), 6.0)
