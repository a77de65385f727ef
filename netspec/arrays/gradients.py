"""Gradients: arrays, or what `np.asarray` turns into one.

A `Product` is two factors that nobody has multiplied yet, `Rows` what an embedding leaves. `blend`
and `finite` look inside them; everything else may treat them as arrays.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .axpby import add_array
from .blas import Calm
from .gemm import add_product
from .products import pieces_of, product
from .shapes import Array, Shape

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

__all__ = ["Gradient", "Gradients", "Product", "Rows", "blend", "finite"]

# Values from which one pass less is worth the way to BLAS.
_LARGE = 2**15
# Values that stay in the second-level cache.
_CACHED = 2**16
# Values up to which a dot product stays on one thread.
_SMALL = 8192


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

    def turned(self) -> Product:
        """The product transposed, not multiplied either."""
        return Product(self.right.T, self.left.T)

    def scaled(self, scale: float) -> Product:
        """The product times a number, which its smaller factor takes."""
        if scale == 1:
            return self
        if self.left.size < self.right.size:
            return Product(self.left * scale, self.right)
        return Product(self.left, self.right * scale)

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


def blend(out: Array, gradient: Gradient, keep: float = 1.0, scale: float = 1.0) -> None:
    """`out = keep · out + scale · gradient`, in place; `keep = 0` forgets what `out` held.

    A product is added by BLAS in place where that is possible, so that `blend(total, Product(a, b))`
    is the fast way to sum products up, and so is a large array; of `Rows` only those that are named are
    touched.
    """
    if isinstance(gradient, Product):
        _blend_product(out, gradient, keep, scale)
    elif isinstance(gradient, Rows):
        index, values = gradient.summed()
        if keep == 0:
            out[...] = 0
        elif keep != 1:
            out *= keep
        out[index] += values if scale == 1 else values * scale
    elif keep == 0:
        np.multiply(gradient, scale, out)
    elif out.size < _LARGE or not add_array(gradient, out, keep, scale):
        # By its name a function of numpy takes a number sooner than the operator does.
        if keep != 1:
            np.multiply(out, keep, out)
        np.add(out, gradient if scale == 1 else np.multiply(gradient, scale), out)


def _blend_product(out: Array, gradient: Product, keep: float, scale: float) -> None:
    left, right = gradient.left, gradient.right
    if out.flags.fnc:
        out, left, right = out.T, right.T, left.T
    multiplications = out.size * left.shape[1]
    alone = Calm.holds()
    # Where BLAS takes the product whole, one pass: no array for the product, no sum afterwards.
    # BLAS may not have been looked at before: hence the second question.
    whole = alone or pieces_of(multiplications, alone) == 1 or Calm.holds()
    if whole and add_product(left, right, out, keep, scale):
        return
    scaled = Product(left, right).scaled(scale)
    left, right = scaled.left, scaled.right
    if keep == 0:
        product(left, right, out)
        return
    if keep != 1:
        out *= keep
    # Piece by piece, so that a piece of the product is still in cache when it is added. Of two
    # vectors numpy's broadcast is faster than its matrix product.
    times = np.multiply if right.shape[0] == 1 else np.matmul
    pieces = max(pieces_of(multiplications, alone), out.size // _CACHED)
    step = max(1, -(-len(out) // pieces))
    for start in range(0, len(out), step):
        part = out[start : start + step]
        part += times(left[start : start + step], right)


def finite(gradient: Gradient) -> bool:
    """Whether every value is finite; a product is judged by its factors.

    A sum, or one of squares, is a fast pass, and finite for all but huge values; only where it is not
    are the values looked at one by one.
    """
    if isinstance(gradient, Product):
        return finite(gradient.left) and finite(gradient.right)
    values = gradient.values if isinstance(gradient, Rows) else gradient
    if values.dtype.kind != "f":
        return True
    if values.flags.forc:
        flat = values.ravel(order="K")
        # A dot product is the fastest look there is, unless it wakes BLAS's threads.
        alone = flat.size <= _SMALL or Calm.holds()
        if math.isfinite(flat.dot(flat) if alone else np.add.reduce(flat)):
            return True
    return bool(np.isfinite(values).all())
