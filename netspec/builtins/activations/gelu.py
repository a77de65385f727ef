"""GELU: x, weighed by how likely a standard normal number lies below it."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Activation, Array, Program
from netspec.builtins.normal_curve import normal_density, normal_distribution

__all__ = ["GELU"]


class GELU(Activation):
    """x Φ(x), with Φ the distribution of N(0, 1); its slope is Φ(x) + x φ(x).

    `approximate` takes ½ (1 + tanh(√(2/π) (x + 0.044715 x³))) for Φ. PyTorch's `GELU`, with
    `approximate="tanh"`. Hendrycks and Gimpel, Gaussian error linear units, 2016.
    """

    formula: ClassVar[str] = "y = x Φ(x)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"approximate": True})

    type: Literal["gelu"] = "gelu"
    approximate: bool = Field(default=False, description="whether a tanh stands for Φ")

    def forward(self, x: Array) -> Array:
        share = _tanh_share(x) if self.approximate else normal_distribution(x)
        share *= x
        return share

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        if self.approximate:
            near = np.clip(x, -_FLAT, _FLAT)
            share = _tanh_share(x)
            inner = sqrt(2 / pi) * (1 + 3 * _CUBE * near * near)
            slope = share + 2 * near * share * (1 - share) * inner
        else:
            slope = normal_distribution(x)
            slope += x * normal_density(x)
        slope *= grad
        return slope

    def lower(self, program: Program) -> str:
        x = program.x
        if self.approximate:
            cube = program.add("Mul", program.add("Mul", program.add("Mul", x, x), x), _CUBE)
            inner = program.add("Mul", program.add("Add", x, cube), sqrt(2 / pi))
            share = program.add("Tanh", inner)
        else:
            share = program.add("Erf", program.add("Mul", x, sqrt(0.5)))
        share = program.add("Mul", program.add("Add", share, 1.0), 0.5)
        return program.add("Mul", x, share)


_CUBE = 0.044715
# From here on the tanh is 1 to the last bit of float64; x² and x³ are finite.
_FLAT = 10.0


def _tanh_share(x: Array) -> Array:
    """½ (1 + tanh(√(2/π) (x + 0.044715 x³)))."""
    near = np.clip(x, -_FLAT, _FLAT)
    share = near * near
    share *= _CUBE
    share += 1
    share *= near
    share *= sqrt(2 / pi)
    np.tanh(share, out=share)
    share += 1
    share *= 0.5
    return share
