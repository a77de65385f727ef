"""Gradients that are cut back before the optimizer sees them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from .arrays import Array, Gradients

__all__ = ["Clipping"]

# What is added to a norm, so that a gradient of 0 can be divided by it; PyTorch's.
_EPSILON = 1e-6


class Clipping(NamedTuple):
    """How far gradients may go; None where there is no bound.

    `value` bounds every value to ±value, `norm` the length of each parameter's gradient, and
    `global_norm` the length of all gradients taken as one vector. What is longer is scaled by
    bound / (length + 1e-6). PyTorch's `clip_grad_value_` and `clip_grad_norm_`. Pascanu, Mikolov
    and Bengio, On the difficulty of training recurrent neural networks, 2013.
    """

    value: float | None = None
    norm: float | None = None
    global_norm: float | None = None

    def __bool__(self) -> bool:
        return any(bound is not None for bound in self)

    def clip(self, gradients: Gradients) -> bool:
        """Put cut arrays in the gradients' places; False, and nothing changes, where one is not finite.

        They are multiplied out: the length of a product is not cheaper from its factors.
        """
        arrays = {path: np.array(gradient) for path, gradient in gradients.items()}
        lengths = {path: _length(array) for path, array in arrays.items()}
        if not all(math.isfinite(length) for length in lengths.values()):
            return False
        if self.value is not None:
            for array in arrays.values():
                np.clip(array, -self.value, self.value, out=array)
        elif self.norm is not None:
            for path, array in arrays.items():
                _shorten([array], lengths[path], self.norm)
        elif self.global_norm is not None:
            _shorten(arrays.values(), math.hypot(*lengths.values()), self.global_norm)
        gradients.update(arrays)
        return True


def _length(array: Array) -> float:
    """√Σ g² in float64: the square of 1e20 is infinite in float32."""
    return float(np.linalg.norm(array.ravel(order="K").astype(np.float64, copy=False)))


def _shorten(arrays: Iterable[Array], length: float, bound: float) -> None:
    share = bound / (length + _EPSILON)
    if share < 1:
        for array in arrays:
            array *= share
