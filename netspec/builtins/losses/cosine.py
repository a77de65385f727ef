"""Cosine: whether output and target point the same way."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Array
from netspec.builtins.stable import row_sum

from .rows import RowLoss

__all__ = ["CosineDistance"]

_LEAST = 1e-8


class CosineDistance(RowLoss):
    """1 − ŷ · y / (|ŷ| |y|) over the last axis: 0 for the same direction, 2 for the opposite.

    A length counts as at least 10⁻⁸, as in PyTorch's `CosineSimilarity`.
    """

    formula: ClassVar[str] = "l = 1 − ŷ · y / (|ŷ| |y|)"

    type: Literal["cosine"] = "cosine"

    def terms(self, output: Array, target: Array) -> Array:
        lengths = _lengths(output) * _lengths(target)
        return 1 - (row_sum(output * target) / lengths)[..., 0]

    def slopes(self, output: Array, target: Array) -> Array:
        """(cos · ŷ/|ŷ| − y/|y|) / |ŷ|."""
        length = _lengths(output)
        ahead, wanted = output / length, target / _lengths(target)
        ahead *= row_sum(ahead * wanted)
        ahead -= wanted
        ahead /= length
        return ahead


def _lengths(rows: Array) -> Array:
    return np.maximum(np.sqrt(row_sum(rows * rows)), _LEAST)
