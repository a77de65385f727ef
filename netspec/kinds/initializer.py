"""An initializer: the values that a parameter starts from."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from netspec.arrays import Array, Shape
from netspec.spec import Component

__all__ = ["Initializer"]


class Initializer(Component, kind="initializer"):
    """The values that a parameter starts from."""

    @abstractmethod
    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
        """An array of this shape in float64; the site casts it.

        `fan_in` and `fan_out` count the inputs of one output and the outputs of one input.
        """
