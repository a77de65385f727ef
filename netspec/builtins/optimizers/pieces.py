"""What elementwise optimizers share: gradients in the parameter's memory order, in pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from netspec import Array, Gradient, Product

__all__ = ["pieces", "values_of"]

# Values whose parameter, gradient and two slots stay in a core's cache through all passes of a rule.
_PIECE = 2**17


def values_of(gradient: Gradient, parameter: Array, scale: float = 1.0) -> Array:
    """The gradient times `scale` as an array, multiplied out in the memory order of its parameter."""
    if isinstance(gradient, Product):
        scaled = gradient.scaled(scale)
        return np.asarray(scaled.turned()).T if parameter.flags.fnc else np.asarray(scaled)
    values = np.asarray(gradient)
    return values if scale == 1 else np.multiply(values, scale, values)


def pieces(*arrays: Array) -> Iterable[tuple[Array, ...]]:
    """Views of the same rows of all arrays, few enough that every pass finds them in cache.

    They lie in memory as the first does.
    """
    return (arrays,) if arrays[0].size <= _PIECE else _cut(arrays)


def _cut(arrays: tuple[Array, ...]) -> Iterator[tuple[Array, ...]]:
    parameter = arrays[0]
    if parameter.flags.fnc:
        arrays = tuple(array.T for array in arrays)
    if all(array.flags.c_contiguous for array in arrays):
        arrays = tuple(array.reshape(-1) for array in arrays)
    rows = max(1, _PIECE * len(arrays[0]) // parameter.size)
    for start in range(0, len(arrays[0]), rows):
        yield tuple(array[start : start + rows] for array in arrays)
