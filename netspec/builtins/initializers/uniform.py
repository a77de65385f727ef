"""Uniform: every number between two bounds alike."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from netspec import Array, Initializer, Shape, SpecError

__all__ = ["Uniform"]


class Uniform(Initializer):
    """U(low, high), whatever the shape; `high` itself is not drawn. PyTorch's `uniform_`."""

    formula: ClassVar[str] = "w ~ U(low, high)"

    type: Literal["uniform"] = "uniform"
    low: float = Field(default=-0.05, description="the lower bound")
    high: float = Field(default=0.05, description="the upper bound")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise SpecError(f"low is {self.low}, above high, {self.high}", "exchange the two")
        return self

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
        return rng.uniform(self.low, self.high, shape)
