"""Constant: any number, everywhere."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Initializer, Shape

__all__ = ["Constant"]


class Constant(Initializer):
    """The same number everywhere."""

    formula: ClassVar[str] = "w = value"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"value": 0.1},)

    type: Literal["constant"] = "constant"
    value: float = Field(description="the number")

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
        return np.full(shape, self.value)
