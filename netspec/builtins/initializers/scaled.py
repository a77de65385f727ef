"""Draws of a given variance, for the initializers that reckon it from the fans."""

from __future__ import annotations

from math import sqrt
from typing import Literal

import numpy as np

from netspec import Array, Shape

__all__ = ["Distribution", "draw_with_variance"]

Distribution = Literal["uniform", "normal"]


def draw_with_variance(
    rng: np.random.Generator, shape: Shape, variance: float, distribution: Distribution
) -> Array:
    """Numbers of mean 0 and this variance: N(0, v), or U(±√(3 v))."""
    if distribution == "normal":
        return rng.normal(0.0, sqrt(variance), shape)
    bound = sqrt(3 * variance)
    return rng.uniform(-bound, bound, shape)
