"""Sums of many values: added one after the other, float32 loses what the later ones are worth."""

from __future__ import annotations

from functools import lru_cache
from math import prod

import numpy as np

from .shapes import Array, Shape

__all__ = ["column_sums", "sum_over"]

# Values up to which a sum one after the other keeps its digits.
_MANY = 2**12
# Rows up to which BLAS, which adds several at once, does; and rows of which it then sums a block.
_LONG = 2**14
_BLOCK = 2**10


def column_sums(x: Array) -> Array:
    """The sums over the rows of `(N, …)`: 1ᵀ x, which BLAS does in less than half the time.

    Of very many rows it sums blocks, and float64 their sums.
    """
    rows = len(x)
    if rows > _LONG:
        return _long(x)
    return _ones(rows, x.dtype.char).dot(x)


def sum_over(x: Array, axes: Shape, *, keepdims: bool = False) -> Array:
    """The sums over some axes: in float64 where they are of many values."""
    many = x.size > _MANY and prod([x.shape[axis] for axis in axes]) > _MANY
    wide = np.float64 if many else None
    sums = x.sum(axis=axes, dtype=wide, keepdims=keepdims)
    return np.asarray(sums, x.dtype)


def _long(x: Array) -> Array:
    if x.strides[0] == x.itemsize:
        # Along memory numpy is as fast.
        return sum_over(x, (0,))
    blocks = [column_sums(x[start : start + _BLOCK]) for start in range(0, len(x), _BLOCK)]
    return np.add.reduce(blocks, axis=0, dtype=np.float64).astype(x.dtype)


@lru_cache(maxsize=64)
def _ones(count: int, dtype: str) -> Array:
    ones = np.ones(count, dtype)
    ones.flags.writeable = False
    return ones
