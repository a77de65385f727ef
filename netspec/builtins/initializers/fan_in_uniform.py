"""Fan-in uniform: what PyTorch's linear and convolution layers start from."""

from __future__ import annotations

from math import sqrt
from typing import ClassVar, Literal

import numpy as np

from netspec import Array, Initializer, Shape

__all__ = ["FanInUniform"]


class FanInUniform(Initializer):
    """U(−1/√fan_in, 1/√fan_in): the weight and the bias of PyTorch's `Linear` and `Conv2d`.

    LeCun, Bottou, Orr and Müller, Efficient BackProp, 1998.
    """

    formula: ClassVar[str] = "w ~ U(±1/√fan_in)"

    type: Literal["fan_in_uniform"] = "fan_in_uniform"

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
        bound = 1 / sqrt(fan_in)
        return rng.uniform(-bound, bound, shape)
