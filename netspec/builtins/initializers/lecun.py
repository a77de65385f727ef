"""LeCun: signals keep their size forward through a linear layer."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Initializer, Shape

from .scaled import Distribution, draw_with_variance

__all__ = ["LeCun"]


class LeCun(Initializer):
    """Mean 0 and variance 1 / fan_in, normal or uniform; what `selu` needs.

    LeCun, Bottou, Orr and Müller, Efficient BackProp, 1998; Klambauer and others, Self-normalizing
    neural networks, 2017.
    """

    formula: ClassVar[str] = "Var w = 1 / fan_in"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"distribution": "uniform"})

    type: Literal["lecun"] = "lecun"
    distribution: Distribution = Field(default="normal", description="the shape of the draws")

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
        return draw_with_variance(rng, shape, 1 / fan_in, self.distribution)
