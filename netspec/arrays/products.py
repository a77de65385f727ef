"""Matrix products, cut so that BLAS does each piece the fast way."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np

from .blas import ALONE, Calm, blas
from .shapes import Array, Shape, size

__all__ = ["pieces_of", "product"]

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
# Up to so many rows, times a right factor of at least so many values, which the second-level cache
# does not hold beside the rest: each pass over it, for however few rows, takes long.
_FEW = 40
_FAR = 2**16

_Way = Callable[[Array, Array, Array | None], Array]


def product(a: Array, b: Array, out: Array | None = None) -> Array:
    """The matrix product `a @ b` of `(…, k)` and `(k, n)`, `(…, n)`, into `out` where it is given.

    A small product is split so that BLAS keeps every piece on one thread; a thin `a` times a
    transposed `b` is computed the other way round, which BLAS does faster. Where `b` is a stack,
    `(…, k, n)`, so is `a`: each is multiplied by its partner, as by `@`.
    """
    if a.ndim == 2 or b.ndim > 2:
        if out is None and b.ndim == 2 and a.size * b.shape[1] <= _TINY:
            return a.dot(b)
        way = _way(a.shape, a.strides, b.shape, b.strides, a.itemsize, Calm.holds())
        return way(a, b, out)
    positions = a.shape[:-1]
    flat = product(a.reshape(size(positions), a.shape[-1]), b)
    return _handed(flat.reshape(*positions, b.shape[1]), out)


@lru_cache(maxsize=256)
def _way(
    a_shape: Shape,
    a_strides: Shape,
    b_shape: Shape,
    b_strides: Shape,
    itemsize: int,
    alone: bool,
) -> _Way:
    """How BLAS multiplies matrices of these shapes, lying so, fastest: on one thread, if `alone`."""
    rows, inner = a_shape[-2:]
    columns = b_shape[-1]
    along_a, along_b = a_strides[-1] == itemsize, b_strides[-2] == itemsize
    no_gaps = b_strides[-1] == itemsize * inner
    if inner == 1:
        return _outer
    matrices = len(b_shape) == 2
    if matrices and 1 < rows <= _THIN and columns > rows and along_b and no_gaps:
        return _turned
    if matrices and 1 < rows <= _FEW and inner * columns >= _FAR and itemsize == 4:
        more = -rows % blas().rows_at_once
        if more:
            return partial(_filled, more)
    slim = columns <= _SLIM < rows and along_a and along_b
    pays = rows <= _FLAT if columns >= rows else slim or inner * columns <= _NEAR
    pieces = pieces_of(rows * columns * inner, alone, pays)
    if pieces == 1:
        return _whole if matrices else np.matmul
    if columns >= rows:
        return partial(_in_columns, -(-columns // pieces))
    if slim and blas().pieces_pay:
        return partial(_slim, -(-rows // max(pieces, -(-rows // _PIECE))))
    return partial(_in_rows, -(-rows // pieces))


def _whole(a: Array, b: Array, out: Array | None) -> Array:
    # What `dot` makes it makes with less ado, but into an array it takes C's order alone.
    return a.dot(b) if out is None else np.matmul(a, b, out)


def _outer(a: Array, b: Array, out: Array | None) -> Array:
    """Of two vectors: BLAS has no kernel for it, a broadcast is as fast as memory."""
    return np.multiply(a, b, out)


def _turned(a: Array, b: Array, out: Array | None) -> Array:
    turned = product(b.T, np.ascontiguousarray(a.T)).T
    return np.ascontiguousarray(turned) if out is None else _handed(turned, out)


def _filled(more: int, a: Array, b: Array, out: Array | None) -> Array:
    """With `more` rows of zeros below."""
    rows, inner = a.shape
    full = np.zeros((rows + more, inner), a.dtype)
    full[:rows] = a
    return _handed(product(full, b)[:rows], out)


def _in_columns(step: int, a: Array, b: Array, out: Array | None) -> Array:
    """`step` columns at a time: a stack of equal pieces, and what is left over."""
    if out is None:
        out = _empty(a, b)
    whole = b.shape[-1] // step * step
    np.matmul(a[..., None, :, :], _cut(b[..., :whole], step), _cut(out[..., :whole], step))
    if whole < b.shape[-1]:
        np.matmul(a, b[..., whole:], out[..., whole:])
    return out


def _in_rows(step: int, a: Array, b: Array, out: Array | None) -> Array:
    if out is None:
        out = _empty(a, b)
    if b.strides[-1] != b.itemsize:
        # Every piece reads the whole of b: in order, it is read fastest.
        b = np.ascontiguousarray(b)
    _in_columns(step, b.mT, a.mT, out.mT)
    return out


def _slim(step: int, a: Array, b: Array, out: Array | None) -> Array:
    if out is None:
        out = _empty(a, b)
    turned = np.empty((*out.shape[:-2], out.shape[-1], out.shape[-2]), out.dtype)
    return _handed(_in_columns(step, b.mT, a.mT, turned).mT, out)


def _handed(values: Array, out: Array | None) -> Array:
    """The values, in `out` where it is given."""
    if out is None:
        return values
    out[...] = values
    return out


def _empty(a: Array, b: Array) -> Array:
    stack = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return np.empty((*stack, a.shape[-2], b.shape[-1]), np.result_type(a, b))


def _cut(x: Array, step: int) -> Array:
    """`(…, rows, columns)` seen as `(…, pieces, rows, step)`."""
    return x.reshape(*x.shape[:-1], x.shape[-1] // step, step).swapaxes(-3, -2)


def pieces_of(multiplications: int, alone: bool, pays: bool = True) -> int:
    """Into how many pieces a product is cut: 1 where it is small, large, or BLAS is on one thread.

    There, `alone`, it is cut only where that `pays`, and BLAS has a kernel for small pieces.
    """
    if multiplications <= ALONE or multiplications > _WHOLE:
        return 1
    library = blas()
    # Before it was looked at, nobody knew.
    alone = alone or library.threads == 1
    if multiplications <= library.small or (alone and not (pays and library.pieces_pay)):
        return 1
    return -(-multiplications // library.small)
