"""BLAS's own product, C ← β C + α A B in one pass: numpy shows it with β = 0 and α = 1 alone."""

from __future__ import annotations

import numpy as np

from .blas import routine
from .shapes import Array

__all__ = ["add_product"]

_SIGNATURE = "iiinnnxpnpnxpn"

# What cblas calls these orders in memory: rows after rows, as it lies, and turned.
_ROWS, _AS_IT_LIES, _TURNED = 101, 111, 112


def add_product(a: Array, b: Array, out: Array, scale: float, keep: float) -> bool:
    """`out = keep · out + scale · a b`; False, and nothing done, where BLAS cannot take it.

    It takes matrices that fit, of one dtype, float32 or float64, with rows or columns that lie in
    order, and an `out` of rows that shares no memory with them: all this is looked at here, since
    BLAS would read and write wherever it is sent. With `keep` 0 what `out` held does not matter.
    """
    gemm = routine("gemm", out.dtype, _SIGNATURE)
    if gemm is None or not (a.dtype == b.dtype == out.dtype) or not out.flags.writeable:
        return False
    if not (a.ndim == b.ndim == out.ndim == 2 and a.shape[1] == b.shape[0]):
        return False
    if out.shape != (a.shape[0], b.shape[1]):
        return False
    left, right, target = _laid(a), _laid(b), _laid(out)
    if left is None or right is None or target is None or target[0] != _AS_IT_LIES:
        return False
    if np.may_share_memory(a, out) or np.may_share_memory(b, out):
        return False
    (rows, columns), inner = out.shape, a.shape[1]
    order_a, step_a = left
    order_b, step_b = right
    # fmt: off
    gemm(
        _ROWS, order_a, order_b, rows, columns, inner,
        float(scale), a.ctypes.data, step_a, b.ctypes.data, step_b,
        float(keep), out.ctypes.data, target[1],
    )
    # fmt: on
    return True


def _laid(x: Array) -> tuple[int, int] | None:
    """How a matrix lies, and from one row (or column) to the next in values; None where neither does."""
    rows, columns = x.shape
    down, across = x.strides
    width = x.itemsize
    if not (rows and columns and x.flags.aligned):
        return None
    if across == width and down % width == 0 and down >= columns * width:
        return _AS_IT_LIES, down // width
    if down == width and across % width == 0 and across >= rows * width:
        return _TURNED, across // width
    return None
