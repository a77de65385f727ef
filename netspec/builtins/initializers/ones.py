"""Ones: what scales start from."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Array, Initializer, Shape

__all__ = ["Ones"]


class Ones(Initializer):
    """1 everywhere: what scales start from."""

    formula: ClassVar[str] = "w = 1"

    type: Literal["ones"] = "ones"

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
        return np.ones(shape)
