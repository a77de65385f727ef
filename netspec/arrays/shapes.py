"""What an array is, and how large."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["Array", "Shape", "lying_like", "size"]

Array = np.ndarray[tuple[Any, ...], np.dtype[Any]]
Shape = tuple[int, ...]


def size(shape: Shape) -> int:
    """The number of values of a shape, in Python's integers: numpy's wrap around at 64 bits."""
    return math.prod(shape)


def lying_like(x: Array, like: Array) -> Array:
    """The values of x, of the same shape, in the memory order of `like`: x itself where it lies so.

    numpy computes with arrays that lie differently at a fraction of the speed at which it copies.
    """
    if x.strides == like.strides:
        return x
    copy = np.empty_like(like, dtype=x.dtype)
    copy[...] = x
    return copy
