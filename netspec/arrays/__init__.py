"""Arrays, matrix products and gradients: the only room that knows BLAS."""

from .blas import Blas, Calm, blas
from .computing import Computing
from .gradients import Gradient, Gradients, Product, Rows, blend, finite
from .heap import keep_freed
from .products import column_sums, product
from .shapes import Array, Shape, size

__all__ = [
    "Array",
    "Blas",
    "Calm",
    "Computing",
    "Gradient",
    "Gradients",
    "Product",
    "Rows",
    "Shape",
    "blas",
    "blend",
    "column_sums",
    "finite",
    "keep_freed",
    "product",
    "size",
]
