"""What elementwise optimizers share: gradients in the parameter's memory order, in pieces."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netspec import Array, Gradient, Product

__all__ = ["pieces", "values_of"]

# Values that stay in a shared cache through all passes of a rule; more would come from memory.
_PIECE = 2**20


def values_of(gradient: Gradient, parameter: Array) -> Array:
    """The gradient as an array, multiplied out in the memory order of its parameter."""
    if isinstance(gradient, Product) and _is_transposed(parameter):
        return np.asarray(Product(gradient.right.T, gradient.left.T)).T
    return np.asarray(gradient)


def pieces(parameter: Array, *others: Array) -> Iterator[tuple[Array, ...]]:
    """Views of the same rows of all arrays, few enough that every pass finds them in cache."""
    arrays = (parameter, *others)
    if parameter.size <= _PIECE:
        yield arrays
        return
    if _is_transposed(parameter):
        arrays = tuple(array.T for array in arrays)
    if all(array.flags.c_contiguous for array in arrays):
        arrays = tuple(array.reshape(-1) for array in arrays)
    rows = max(1, _PIECE * len(arrays[0]) // parameter.size)
    for start in range(0, len(arrays[0]), rows):
        yield tuple(array[start : start + rows] for array in arrays)


def _is_transposed(array: Array) -> bool:
    return array.flags.f_contiguous and not array.flags.c_contiguous
