"""Truncated normal: a bell curve without its tails."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Initializer, Shape

__all__ = ["TruncatedNormal"]


class TruncatedNormal(Initializer):
    """N(mean, std²) within `cut` standard deviations; what falls outside is drawn again.

    `std` is that of the whole curve: with a cut of 2 the values that stay have 0.88 of it. PyTorch's
    `trunc_normal_`, whose bounds are absolute.
    """

    formula: ClassVar[str] = "w ~ N(mean, std²), |w − mean| ≤ cut · std"

    type: Literal["truncated_normal"] = "truncated_normal"
    mean: float = Field(default=0.0, description="the middle of the curve")
    std: float = Field(default=1.0, ge=0, description="the standard deviation of the whole curve")
    cut: float = Field(default=2.0, ge=0.1, description="where it ends, in standard deviations")

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
        values = rng.standard_normal(shape)
        while (outside := np.abs(values) > self.cut).any():
            values[outside] = rng.standard_normal(np.count_nonzero(outside))
        return self.mean + self.std * values
