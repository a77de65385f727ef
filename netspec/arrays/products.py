"""Matrix products, cut so that BLAS does each piece the fast way."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from .blas import ALONE, Calm, blas
from .shapes import Array

__all__ = ["column_sums", "pieces_of", "product", "product_into"]

# Multiplications above which one product is left whole.
_WHOLE = 2**23
# Multiplications up to which `dot` is called at once: no split, no turn could pay.
_TINY = 2**15
# Rows up to which transposing a thin left factor is cheaper than OpenBLAS's kernel for A @ B.T.
_THIN = 64


def product(a: Array, b: Array, out: Array | None = None) -> Array:
    """The matrix product `a @ b` of `(…, k)` and `(k, n)`, `(…, n)`, into `out` where it is given.

    A small product is split so that BLAS keeps every piece on one thread; a thin `a` times a
    transposed `b` is computed the other way round, which BLAS does faster.
    """
    if a.ndim == 2 and a.size * b.shape[1] <= _TINY and out is None:
        return a.dot(b)
    if a.ndim != 2:
        flat = None if out is None else out.reshape(-1, b.shape[1])
        return product(a.reshape(-1, a.shape[-1]), b, flat).reshape(*a.shape[:-1], b.shape[1])
    rows = len(a)
    columns = b.shape[1]
    if 1 < rows <= _THIN and columns > rows and b.flags.f_contiguous and not b.flags.c_contiguous:
        turned = product_into(b.T, np.ascontiguousarray(a.T), np.empty((columns, rows), a.dtype))
        if out is None:
            return np.ascontiguousarray(turned.T)
        out[...] = turned.T
        return out
    if out is None:
        out = np.empty((rows, columns), a.dtype if a.dtype == b.dtype else np.result_type(a, b))
    return product_into(a, b, out)


def column_sums(x: Array) -> Array:
    """The sums over the rows of `(N, n)`, `(n,)`: 1ᵀ x, which BLAS does in less than half the time."""
    return _ones(len(x), x.dtype.char).dot(x)


@lru_cache(maxsize=64)
def _ones(count: int, dtype: str) -> Array:
    ones = np.ones(count, dtype)
    ones.flags.writeable = False
    return ones


def product_into(a: Array, b: Array, out: Array) -> Array:
    """`a @ b` into `out`, in pieces along the longer side of the result."""
    rows, columns = out.shape
    pieces = pieces_of(rows * columns * a.shape[1])
    if a.shape[1] == 1:
        # The outer product of two vectors: BLAS has no kernel for it, a broadcast is as fast as memory.
        np.multiply(a, b, out)
    elif pieces == 1:
        np.matmul(a, b, out)
    elif columns >= rows:
        _side_by_side(a, b, out, -(-columns // pieces))
    else:
        _side_by_side(b.T, a.T, out.T, -(-rows // pieces))
    return out


def _side_by_side(a: Array, b: Array, out: Array, step: int) -> None:
    """`a @ b` into `out`, `step` columns at a time: a stack of equal pieces, and what is left over."""
    count = b.shape[1] // step
    whole = count * step
    blocks = b[:, :whole].reshape(len(b), count, step).transpose(1, 0, 2)
    np.matmul(a, blocks, out[:, :whole].reshape(len(a), count, step).transpose(1, 0, 2))
    if whole < b.shape[1]:
        np.matmul(a, b[:, whole:], out[:, whole:])


def pieces_of(multiplications: int) -> int:
    """Into how many pieces a product is cut: 1 where it is small, large, or BLAS is on one thread."""
    if multiplications <= ALONE:
        return 1
    library = blas()
    if multiplications <= library.small or multiplications > _WHOLE:
        return 1
    if Calm.holds() and not library.pieces_pay:
        return 1
    return -(-multiplications // library.small)
