"""Matrix products, cut so that BLAS does each piece the fast way."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from .blas import ALONE, Calm, blas
from .shapes import Array, size

__all__ = ["column_sums", "pieces_of", "product", "product_into"]

# Multiplications above which one product is left whole.
_WHOLE = 2**23
# Multiplications up to which `dot` is called at once: no split, no turn could pay.
_TINY = 2**15
# Rows up to which transposing a thin left factor is cheaper than OpenBLAS's kernel for A @ B.T.
_THIN = 64
# On one thread pieces are faster than the whole where the factor that each of them reads again is
# small: up to so many rows of the left one, up to so many values of the right one, which then stays
# in the first-level cache.
_FLAT = 16
_NEAR = 2**13
# Where both factors lie in order along what is summed over, and the result is at most so wide, pieces
# of so many of its rows are fastest, written the other way round.
_SLIM = 24
_PIECE = 64


def product(a: Array, b: Array, out: Array | None = None) -> Array:
    """The matrix product `a @ b` of `(…, k)` and `(k, n)`, `(…, n)`, into `out` where it is given.

    A small product is split so that BLAS keeps every piece on one thread; a thin `a` times a
    transposed `b` is computed the other way round, which BLAS does faster. Where `b` is a stack,
    `(…, k, n)`, so is `a`: each is multiplied by its partner, as by `@`.
    """
    if a.ndim == b.ndim == 2 and a.size * b.shape[1] <= _TINY and out is None:
        return a.dot(b)
    if b.ndim > 2:
        return product_into(a, b, _empty_stack(a, b) if out is None else out)
    if a.ndim != 2:
        positions = a.shape[:-1]
        flat = product(a.reshape(size(positions), a.shape[-1]), b)
        return _handed(flat.reshape(*positions, b.shape[1]), out)
    rows = len(a)
    columns = b.shape[1]
    if 1 < rows <= _THIN and columns > rows and b.flags.fnc:
        turned = product_into(b.T, np.ascontiguousarray(a.T), np.empty((columns, rows), a.dtype))
        return _handed(np.ascontiguousarray(turned.T) if out is None else turned.T, out)
    if out is None:
        out = np.empty((rows, columns), a.dtype if a.dtype == b.dtype else np.result_type(a, b))
    return product_into(a, b, out)


def _handed(values: Array, out: Array | None) -> Array:
    """The values, in `out` where it is given."""
    if out is None:
        return values
    out[...] = values
    return out


def _empty_stack(a: Array, b: Array) -> Array:
    stack = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return np.empty((*stack, a.shape[-2], b.shape[-1]), np.result_type(a, b))


def column_sums(x: Array) -> Array:
    """The sums over the rows of `(N, …)`: 1ᵀ x, which BLAS does in less than half the time."""
    return _ones(len(x), x.dtype.char).dot(x)


@lru_cache(maxsize=64)
def _ones(count: int, dtype: str) -> Array:
    ones = np.ones(count, dtype)
    ones.flags.writeable = False
    return ones


def product_into(a: Array, b: Array, out: Array) -> Array:
    """`a @ b` into `out`, of stacks too, in pieces along the longer side of each result."""
    rows, columns = out.shape[-2:]
    inner = a.shape[-1]
    slim = columns <= _SLIM < rows and _in_order(a) and _in_order(b.mT)
    pays = rows <= _FLAT if columns >= rows else slim or inner * columns <= _NEAR
    pieces = pieces_of(rows * columns * inner, pays)
    if inner == 1:
        # The outer product of two vectors: BLAS has no kernel for it, a broadcast is as fast as memory.
        np.multiply(a, b, out)
    elif pieces == 1:
        np.matmul(a, b, out)
    elif columns >= rows:
        _side_by_side(a, b, out, -(-columns // pieces))
    elif slim and blas().pieces_pay:
        turned = np.empty((*out.shape[:-2], columns, rows), out.dtype)
        _side_by_side(b.mT, a.mT, turned, -(-rows // max(pieces, -(-rows // _PIECE))))
        out[...] = turned.mT
    else:
        if not _in_order(b):
            # Every piece reads the whole of b: in order, it is read fastest.
            b = np.ascontiguousarray(b)
        _side_by_side(b.mT, a.mT, out.mT, -(-rows // pieces))
    return out


def _in_order(x: Array) -> bool:
    """Whether the values of a row lie one behind the other."""
    return x.strides[-1] == x.itemsize


def _side_by_side(a: Array, b: Array, out: Array, step: int) -> None:
    """`a @ b` into `out`, `step` columns at a time: a stack of equal pieces, and what is left over."""
    whole = b.shape[-1] // step * step
    np.matmul(a[..., None, :, :], _cut(b[..., :whole], step), _cut(out[..., :whole], step))
    if whole < b.shape[-1]:
        np.matmul(a, b[..., whole:], out[..., whole:])


def _cut(x: Array, step: int) -> Array:
    """`(…, rows, columns)` seen as `(…, pieces, rows, step)`."""
    return x.reshape(*x.shape[:-1], x.shape[-1] // step, step).swapaxes(-3, -2)


def pieces_of(multiplications: int, pays: bool = True) -> int:
    """Into how many pieces a product is cut: 1 where it is small, large, or BLAS is on one thread.

    There it is cut only where that `pays`, and BLAS has a kernel for small pieces.
    """
    if multiplications <= ALONE or multiplications > _WHOLE:
        return 1
    library = blas()
    if multiplications <= library.small:
        return 1
    if Calm.holds() and not (pays and library.pieces_pay):
        return 1
    return -(-multiplications // library.small)
