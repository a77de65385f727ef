"""Sparse: most weights are nothing at first."""

from __future__ import annotations

from math import ceil
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Initializer, Shape, SpecError

__all__ = ["Sparse"]


class Sparse(Initializer):
    """N(0, std²), of which in each column ⌈sparsity · rows⌉ values, drawn anew, are 0.

    A column of a dense weight holds what one input gives to all units. It needs exactly two axes.
    PyTorch's `sparse_`. Martens, Deep learning via Hessian-free optimization, 2010.
    """

    formula: ClassVar[str] = "w ~ N(0, std²), a share of each column 0"

    type: Literal["sparse"] = "sparse"
    sparsity: float = Field(default=0.9, ge=0, le=1, description="the share of a column that is 0")
    std: float = Field(default=0.01, ge=0, description="the standard deviation of the others")

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
        if len(shape) != 2:
            raise SpecError(
                f"sparse needs a matrix, and the array has shape {shape}",
                'give a vector another start, "zeros" for a bias',
            )
        values = rng.normal(0.0, self.std, shape)
        order = rng.permuted(np.broadcast_to(np.arange(shape[0])[:, None], shape), axis=0)
        values[order < ceil(self.sparsity * shape[0])] = 0
        return values
