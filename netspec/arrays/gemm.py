"""BLAS's own product, C ← β C + α A B in one pass: numpy shows it with β = 0 and α = 1 alone."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from .blas import address, routine
from .shapes import Array, Shape

__all__ = ["add_product"]

_SIGNATURE = "iiinnnxpnpnxpn"

# What cblas calls these orders in memory: rows after rows, as it lies, and turned.
_ROWS, _AS_IT_LIES, _TURNED = 101, 111, 112


def add_product(a: Array, b: Array, out: Array, keep: float, scale: float) -> bool:
    """`out = keep · out + scale · a b`; False, and nothing done, where BLAS cannot take it.

    It takes matrices that fit, of one dtype, float32 or float64, with rows or columns that lie in
    order, and an `out` of rows that shares no memory with them: all this is looked at here, since
    BLAS would read and write wherever it is sent. With `keep` 0 what `out` held does not matter.
    """
    dtype = out.dtype
    if a.dtype != dtype or b.dtype != dtype:
        return False
    laid = _laid(a.shape, a.strides, b.shape, b.strides, out.shape, out.strides, dtype)
    if laid is None:
        return False
    target = out.flags
    if not (target.writeable and target.aligned and a.flags.aligned and b.flags.aligned):
        return False
    if np.may_share_memory(a, out) or np.may_share_memory(b, out):
        return False
    gemm, orders, steps = laid
    # fmt: off
    gemm(
        *orders,
        float(scale), address(a), steps[0], address(b), steps[1],
        float(keep), address(out), steps[2],
    )
    # fmt: on
    return True


@lru_cache(maxsize=256)
def _laid(
    a_shape: Shape,
    a_strides: Shape,
    b_shape: Shape,
    b_strides: Shape,
    shape: Shape,
    strides: Shape,
    dtype: np.dtype[Any],
) -> tuple[Any, tuple[int, ...], tuple[int, int, int]] | None:
    """BLAS's function, what it is told of orders and sizes, and the steps from row to row (or column
    to column); None where it cannot take matrices of these shapes that lie so."""
    gemm = routine("gemm", dtype, _SIGNATURE)
    if gemm is None or not len(a_shape) == len(b_shape) == len(shape) == 2:
        return None
    if a_shape[1] != b_shape[0] or shape != (a_shape[0], b_shape[1]):
        return None
    width = dtype.itemsize
    left = _order(a_shape, a_strides, width)
    right = _order(b_shape, b_strides, width)
    target = _order(shape, strides, width)
    if left is None or right is None or target is None or target[0] != _AS_IT_LIES:
        return None
    orders = (_ROWS, left[0], right[0], *shape, a_shape[1])
    return gemm, orders, (left[1], right[1], target[1])


def _order(shape: Shape, strides: Shape, width: int) -> tuple[int, int] | None:
    """How a matrix lies, and from one row (or column) to the next in values; None where neither does."""
    rows, columns = shape
    down, across = strides
    if not (rows and columns):
        return None
    if across == width and down % width == 0 and down >= columns * width:
        return _AS_IT_LIES, down // width
    if down == width and across % width == 0 and across >= rows * width:
        return _TURNED, across // width
    return None
