"""Arrays, matrix products and gradients: the only room that knows BLAS.

A gradient is an array, or something that `np.asarray` turns into one: a `Product` of two factors
that nobody has multiplied yet, or the `Rows` that an embedding leaves. `blend` looks inside them;
everything else may treat them as arrays.
"""

from __future__ import annotations

import math
import os
import threading
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = [
    "Array",
    "Blas",
    "Calm",
    "Gradient",
    "Gradients",
    "Product",
    "Rows",
    "Shape",
    "blas",
    "blend",
    "column_sums",
    "finite",
    "product",
    "size",
]

Array = NDArray[Any]
Shape = tuple[int, ...]

# Multiplications above which one product is left whole.
_WHOLE = 2**23
# Multiplications of a whole step above which BLAS may share its products among all threads.
_SHARED = 2**26
# What a user sets who wants a number of threads.
_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
# Values that stay in the second-level cache.
_CACHED = 2**16
# Multiplications up to which numpy's `dot` is called at once: no split, no turn could pay.
_TINY = 2**15
# Rows up to which transposing a thin left factor is cheaper than OpenBLAS's kernel for A @ B.T.
_THIN = 64
# Values up to which a dot product stays on one thread.
_SMALL = 8192


class Blas(NamedTuple):
    """The BLAS that numpy uses: its library, its kernel, and its threads as the process began.

    `chosen` says whether the user set the number of threads, by an environment variable. It is then
    left alone.
    """

    library: str
    kernel: str
    threads: int
    chosen: bool

    @property
    def small(self) -> int:
        """The multiplications up to which a product is sure to stay on one thread.

        On AVX-512 that is where OpenBLAS's kernel without packing ends.
        """
        return 10**6 if self.kernel in {"SkylakeX", "Cooperlake", "SapphireRapids"} else 2**19

    @property
    def pieces_pay(self) -> bool:
        """Whether small pieces are faster than the whole even on one thread."""
        return self.small > 2**19


@cache
def blas() -> Blas:
    """What threadpoolctl says of the BLAS that numpy loaded; looked at once a process."""
    chosen = any(os.environ.get(name) for name in _VARIABLES)
    for library in _libraries():
        kernel = str(getattr(library, "architecture", ""))
        version = f"{library.internal_api} {library.version}"
        return Blas(version, kernel, int(library.num_threads), chosen)
    return Blas("unknown", "unknown", 0, chosen)


@cache
def _libraries() -> list[Any]:
    from threadpoolctl import ThreadpoolController

    controllers = ThreadpoolController().lib_controllers
    return [library for library in controllers if library.user_api == "blas"]


class Calm:
    """While it is entered, BLAS keeps to one thread: for work of so many multiplications.

    A barrier between threads costs more than a small product, and a hundred times more where another
    process has the other core. Work above 2²⁶ multiplications keeps all threads, and so does
    everything where the user has set their number.
    """

    _lock = threading.Lock()
    _entered = 0

    def __init__(self, multiplications: int) -> None:
        library = blas()
        self._acts = library.threads > 1 and not library.chosen and multiplications <= _SHARED

    def __enter__(self) -> None:
        if self._acts:
            with Calm._lock:
                Calm._entered += 1
                if Calm._entered == 1:
                    for library in _libraries():
                        library.set_num_threads(1)

    def __exit__(self, *_: object) -> None:
        if self._acts:
            with Calm._lock:
                Calm._entered -= 1
                if Calm._entered == 0:
                    for library in _libraries():
                        library.set_num_threads(blas().threads)

    @classmethod
    def holds(cls) -> bool:
        """Whether BLAS keeps to one thread now."""
        return cls._entered > 0 or blas().threads == 1


def size(shape: Shape) -> int:
    """The number of values of a shape, in Python's integers: numpy's wrap around at 64 bits."""
    return math.prod(shape)


class Product:
    """A matrix product `left @ right` that is not multiplied yet.

    A dense layer's weight gradient is `grad.T @ x`: its factors hold `N · (units + inputs)` values,
    the product `units · inputs`. Whoever needs the array calls `np.asarray`.
    """

    __slots__ = ("left", "right")

    def __init__(self, left: Array, right: Array) -> None:
        self.left = left
        self.right = right

    @property
    def shape(self) -> Shape:
        return (self.left.shape[0], self.right.shape[1])

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.result_type(self.left, self.right)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        return np.asarray(product(self.left, self.right), dtype=dtype)


class Rows:
    """A gradient that is zero but for some rows: `values[i]` is added to row `index[i]`.

    A row may be named more than once; its values add up.
    """

    __slots__ = ("index", "shape", "values")

    def __init__(self, index: Array, values: Array, shape: Shape) -> None:
        self.index = index
        self.values = values
        self.shape = shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.values.dtype

    def summed(self) -> tuple[Array, Array]:
        """The rows that are named, each once, in ascending order, and their sums."""
        if self.index.size == 0:
            return self.index, self.values
        order = np.argsort(self.index, kind="stable")
        index = self.index[order]
        starts = np.flatnonzero(np.concatenate(([True], index[1:] != index[:-1])))
        return index[starts], np.add.reduceat(self.values[order], starts, axis=0)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        dense = np.zeros(self.shape, self.dtype)
        index, values = self.summed()
        dense[index] = values
        return np.asarray(dense, dtype=dtype)


Gradient = Array | Product | Rows
Gradients = dict[str, Gradient]


def product(a: Array, b: Array, out: Array | None = None) -> Array:
    """The matrix product `a @ b` of `(…, k)` and `(k, n)`, `(…, n)`, into `out` where it is given.

    A small product is split so that BLAS keeps every piece on one thread; a thin `a` times a
    transposed `b` is computed the other way round, which BLAS does faster.
    """
    if a.ndim == 2 and a.size * b.shape[1] <= _TINY and out is None:
        return np.dot(a, b)
    if a.ndim != 2:
        flat = None if out is None else out.reshape(-1, b.shape[1])
        return product(a.reshape(-1, a.shape[-1]), b, flat).reshape(*a.shape[:-1], b.shape[1])
    rows = len(a)
    columns = b.shape[1]
    if 1 < rows <= _THIN and columns > rows and b.flags.f_contiguous and not b.flags.c_contiguous:
        turned = _split(b.T, np.ascontiguousarray(a.T), np.empty((columns, rows), a.dtype))
        if out is None:
            return np.ascontiguousarray(turned.T)
        out[...] = turned.T
        return out
    if out is None:
        out = np.empty((rows, columns), a.dtype if a.dtype == b.dtype else np.result_type(a, b))
    return _split(a, b, out)


def column_sums(x: Array) -> Array:
    """The sums over the rows of `(N, n)`, `(n,)`: 1ᵀ x, which BLAS does in less than half the time."""
    return np.dot(_ones(len(x), x.dtype.char), x)


@lru_cache(maxsize=64)
def _ones(count: int, dtype: str) -> Array:
    ones = np.ones(count, dtype)
    ones.flags.writeable = False
    return ones


def _split(a: Array, b: Array, out: Array) -> Array:
    """`a @ b` into `out`, in pieces along the longer side of the result."""
    rows, columns = out.shape
    pieces = _pieces(rows * columns * a.shape[1])
    if a.shape[1] == 1:
        # The outer product of two vectors: BLAS has no kernel for it, a broadcast is as fast as memory.
        np.multiply(a, b, out)
    elif pieces == 1:
        np.matmul(a, b, out)
    elif columns >= rows:
        step = -(-columns // pieces)
        for start in range(0, columns, step):
            np.matmul(a, b[:, start : start + step], out[:, start : start + step])
    else:
        step = -(-rows // pieces)
        for start in range(0, rows, step):
            np.matmul(a[start : start + step], b, out[start : start + step])
    return out


def _pieces(multiplications: int) -> int:
    library = blas()
    if multiplications <= library.small or multiplications > _WHOLE:
        return 1
    if Calm.holds() and not library.pieces_pay:
        return 1
    return -(-multiplications // library.small)


def blend(out: Array, gradient: Gradient, keep: float = 1.0, scale: float = 1.0) -> None:
    """`out = keep · out + scale · gradient`, in place; `keep = 0` forgets what `out` held.

    The scale is folded into the smaller factor of a product, and only named rows are touched.
    """
    if isinstance(gradient, Product):
        _blend_product(out, gradient, keep, scale)
        return
    if keep == 0:
        out[...] = 0 if isinstance(gradient, Rows) else gradient
        if scale != 1 and not isinstance(gradient, Rows):
            out *= scale
    elif keep != 1:
        out *= keep
    if isinstance(gradient, Rows):
        index, values = gradient.summed()
        out[index] += values if scale == 1 else values * scale
    elif keep != 0:
        out += gradient if scale == 1 else gradient * scale


def _blend_product(out: Array, gradient: Product, keep: float, scale: float) -> None:
    left, right = gradient.left, gradient.right
    if out.flags.f_contiguous and not out.flags.c_contiguous:
        out, left, right = out.T, right.T, left.T
    if scale != 1:
        if left.size < right.size:
            left = left * scale
        else:
            right = right * scale
    if keep == 0:
        _split(left, right, out)
        return
    if keep != 1:
        out *= keep
    # Piece by piece, so that a piece of the product is still in cache when it is added.
    rows = len(out)
    pieces = max(_pieces(rows * out.shape[1] * right.shape[0]), out.size // _CACHED)
    step = max(1, -(-rows // pieces))
    for start in range(0, rows, step):
        part = out[start : start + step]
        part += np.matmul(left[start : start + step], right)


def finite(gradient: Gradient) -> bool:
    """Whether every value is finite; a product is judged by its factors.

    A sum is one fast pass, and finite for all but huge values; only where it is not are the values
    looked at one by one.
    """
    if isinstance(gradient, Product):
        return finite(gradient.left) and finite(gradient.right)
    values = gradient.values if isinstance(gradient, Rows) else gradient
    if values.dtype.kind != "f":
        return True
    if values.flags.c_contiguous or values.flags.f_contiguous:
        flat = values.ravel(order="K")
        # A small dot is the cheapest call there is; a large one would wake BLAS's threads.
        total = np.dot(flat, flat) if flat.size <= _SMALL else np.add.reduce(flat)
        if math.isfinite(total):
            return True
    return bool(np.isfinite(values).all())
