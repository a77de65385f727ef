"""Normal: a bell curve with any mean and width."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Initializer, Shape

__all__ = ["Normal"]


class Normal(Initializer):
    """N(mean, std²), whatever the shape; the lecture's is N(0, 1). PyTorch's `normal_`."""

    formula: ClassVar[str] = "w ~ N(mean, std²)"

    type: Literal["normal"] = "normal"
    mean: float = Field(default=0.0, description="the middle of the curve")
    std: float = Field(default=1.0, ge=0, description="the standard deviation")

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
        return rng.normal(self.mean, self.std, shape)
