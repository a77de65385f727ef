"""Arrays, matrix products and gradients: the only room that knows BLAS."""

from .blas import Blas, Calm, blas
from .computing import Computing
from .gradients import Gradient, Gradients, Product, Rows, blend, finite
from .heap import aligned, keep_freed
from .products import product
from .shapes import Array, Shape, lying_like, size
from .store import Store, is_small, row_of, shaped
from .sums import column_sums, sum_over

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
    "Store",
    "aligned",
    "blas",
    "blend",
    "column_sums",
    "finite",
    "is_small",
    "keep_freed",
    "lying_like",
    "product",
    "row_of",
    "shaped",
    "size",
    "sum_over",
]
