"""What an array is, and how large."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["Array", "Shape", "size"]

Array = np.ndarray[tuple[Any, ...], np.dtype[Any]]
Shape = tuple[int, ...]


def size(shape: Shape) -> int:
    """The number of values of a shape, in Python's integers: numpy's wrap around at 64 bits."""
    return math.prod(shape)
