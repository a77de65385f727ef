"""Glorot: signals keep their size forward and backward, as far as both can."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Initializer, Shape

from .scaled import Distribution, draw_with_variance

__all__ = ["Glorot"]


class Glorot(Initializer):
    """Mean 0 and variance 2 gain² / (fan_in + fan_out), uniform or normal; for sigmoid and tanh.

    PyTorch's `xavier_uniform_` and `xavier_normal_`. Glorot and Bengio, Understanding the
    difficulty of training deep feedforward neural networks, 2010.
    """

    formula: ClassVar[str] = "Var w = 2 gain² / (fan_in + fan_out)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"distribution": "normal", "gain": 2.0})

    type: Literal["glorot"] = "glorot"
    distribution: Distribution = Field(default="uniform", description="the shape of the draws")
    gain: float = Field(default=1.0, gt=0, description="a factor on every weight; 5/3 suits tanh")

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
        variance = 2 * self.gain**2 / (fan_in + fan_out)
        return draw_with_variance(rng, shape, variance, self.distribution)
