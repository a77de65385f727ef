"""The standard normal curve and the area below it, which numpy does not have."""

from __future__ import annotations

from functools import cache
from math import erfc, exp, pi, sqrt
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

from netspec import Array

__all__ = ["normal_density", "normal_distribution"]

# In t = (z − k) / (z + k), z ≥ 0, the function exp(z²) erfc(z) is smooth enough for a short series.
_MIDDLE = 3.75
_FAR = 20.0
# Below −40 the area is 0 even in float64.
_NOTHING = 40.0
_DEGREES = {np.dtype(np.float32): 12, np.dtype(np.float64): 32}


def normal_density(x: Array) -> Array:
    """φ(x) = exp(−x²/2) / √(2π)."""
    y = x * x
    y *= -0.5
    np.exp(y, out=y)
    y *= 1 / sqrt(2 * pi)
    return y


def normal_distribution(x: Array) -> Array:
    """Φ(x) = ½ erfc(−x/√2), from the series of exp(z²) erfc(z); the lower tail keeps its digits."""
    z = np.minimum(np.abs(x), _NOTHING)
    z *= sqrt(0.5)
    tail = chebyshev.chebval((z - _MIDDLE) / (z + _MIDDLE), _series(x.dtype))
    tail *= np.exp(-z * z)
    tail *= 0.5
    return np.where(x < 0, tail, 1 - tail)


@cache
def _series(dtype: np.dtype[Any]) -> Array:
    """The Chebyshev series of exp(z²) erfc(z) in t, as long as the dtype has digits for it."""

    def scaled(t: Array) -> Array:
        z = [_MIDDLE * (1 + each) / (1 - each) for each in t]
        return np.array([_tail(each) for each in z])

    return chebyshev.chebinterpolate(scaled, _DEGREES[dtype]).astype(dtype)


def _tail(z: float) -> float:
    """exp(z²) erfc(z); far out, where erfc leaves the numbers, by its asymptotic series."""
    if z < _FAR:
        return exp(z * z) * erfc(z)
    total = term = 1.0
    for n in range(1, 8):
        term *= (1 - 2 * n) / (2 * z * z)
        total += term
    return total / (z * sqrt(pi))
