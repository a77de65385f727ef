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
    values = gradient if isinstance(gradient, np.ndarray) else np.asarray(gradient)
    return values if scale == 1 else np.multiply(values, scale, values)


def pieces(
    parameter: Array, gradient: Gradient, *slots: Array, scale: float = 1.0
) -> Iterable[tuple[Array, ...]]:
    """The parameter, its gradient times `scale`, and its slots: rows of all of them at a time.

    They are few enough that every pass over them finds them in cache. The gradient's are the
    caller's own.
    """
    arrays = (parameter, values_of(gradient, parameter, scale), *slots)
    return (arrays,) if parameter.size <= _PIECE else _cut(arrays)


def _cut(arrays: tuple[Array, ...]) -> Iterator[tuple[Array, ...]]:
    parameter = arrays[0]
    if parameter.flags.fnc:
        arrays = tuple(array.T for array in arrays)
    if all(array.flags.c_contiguous for array in arrays):
        arrays = tuple(array.reshape(-1) for array in arrays)
    rows = max(1, _PIECE * len(arrays[0]) // parameter.size)
    for start in range(0, len(arrays[0]), rows):
        yield tuple(array[start : start + rows] for array in arrays)
