"""Small arrays one behind the other in memory, so that one pass goes over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .shapes import Array

__all__ = ["Store", "is_small", "row_of", "shaped"]

# Values up to which a call of numpy costs more than its work.
_SMALL = 2**14
_BLOCK = 2**16


class Store:
    """Where the small arrays of a network lie, in the order in which they came."""

    def __init__(self) -> None:
        self._block: Array = np.empty(0)
        self._used = 0

    def __reduce__(self) -> tuple[type[Store], tuple[()]]:
        """A copy begins empty: whoever holds arrays copies them himself, and the rest is nobody's."""
        return Store, ()

    def keep(self, array: Array) -> Array:
        """The array, moved to the store where it is small."""
        if not is_small(array):
            return array
        start, stop = self._used, self._used + array.size
        if array.dtype != self._block.dtype or stop > self._block.size:
            self._block = np.empty(_BLOCK, array.dtype)
            start, stop = 0, array.size
        self._used = stop
        kept = shaped(self._block[start:stop], array)
        kept[...] = array
        return kept


def is_small(array: Array) -> bool:
    """Whether an array without gaps has so few values that a call of numpy costs more than its work."""
    ordered = array.flags.c_contiguous or array.flags.f_contiguous
    return bool(ordered and 0 < array.size <= _SMALL)


def shaped(piece: Array, like: Array) -> Any:
    """A piece of a vector, in the shape and memory order of an array of as many values."""
    if like.flags.c_contiguous:
        return piece.reshape(like.shape)
    return piece.reshape(like.shape[::-1]).T


def row_of(arrays: Sequence[Array]) -> Array | None:
    """The memory of arrays that lie one behind the other, as one vector; None where they do not."""
    base = arrays[0].base
    if not isinstance(base, np.ndarray) or base.ndim != 1:
        return None
    start = at = arrays[0].ctypes.data
    for array in arrays:
        if array.base is not base or array.ctypes.data != at:
            return None
        at += array.nbytes
    first = (start - base.ctypes.data) // base.itemsize
    return base[first : first + sum(array.size for array in arrays)]
