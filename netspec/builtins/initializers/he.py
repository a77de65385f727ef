"""He: signals keep their size through ReLU, which drops half of them."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Initializer, Shape

from .scaled import Distribution, draw_with_variance

__all__ = ["He"]


class He(Initializer):
    """Mean 0 and variance 2 / fan, uniform or normal; for ReLU and its kin.

    PyTorch's `kaiming_uniform_` and `kaiming_normal_` with the gain √2 of ReLU. He, Zhang, Ren and
    Sun, Delving deep into rectifiers, 2015.
    """

    formula: ClassVar[str] = "Var w = 2 / fan"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {},
        {"distribution": "normal", "mode": "fan_out"},
    )

    type: Literal["he"] = "he"
    distribution: Distribution = Field(default="uniform", description="the shape of the draws")
    mode: Literal["fan_in", "fan_out"] = Field(
        default="fan_in", description="whether signals keep their size forward or backward"
    )

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
        fan = fan_in if self.mode == "fan_in" else fan_out
        return draw_with_variance(rng, shape, 2 / fan, self.distribution)
