"""Orthogonal: a rotation, which keeps every length."""

from __future__ import annotations

from math import prod
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Initializer, Shape, SpecError

__all__ = ["Orthogonal"]


class Orthogonal(Initializer):
    """gain · Q: a random matrix of axis 0 by all others whose rows, or columns, are orthonormal.

    Q comes from the QR decomposition of normal numbers, its signs set so that every rotation is
    equally likely. It needs two axes. PyTorch's `orthogonal_`. Saxe, McClelland and Ganguli, Exact
    solutions to the nonlinear dynamics of learning in deep linear neural networks, 2014.
    """

    formula: ClassVar[str] = "W Wᵀ = gain² I, or Wᵀ W"

    type: Literal["orthogonal"] = "orthogonal"
    gain: float = Field(default=1.0, gt=0, description="a factor on every weight")

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
        if len(shape) < 2:
            raise SpecError(
                f"orthogonal needs a matrix, and the array has shape {shape}",
                'give a vector another start, "zeros" for a bias',
            )
        rows, columns = shape[0], prod(shape[1:])
        q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
        q *= np.where(np.diagonal(r) < 0, -1, 1)
        return self.gain * (q.T if rows < columns else q).reshape(shape)
