"""Functions for activations and losses that neither overflow nor lose digits."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
from numpy.lib.introspect import opt_func_info

from netspec import Array, product, sum_over

__all__ = [
    "AVX512",
    "below_max",
    "fallen",
    "log_probabilities",
    "log_softmax",
    "logarithm",
    "logistic",
    "row_max",
    "row_sum",
    "sigmoid",
    "softmax",
    "softplus",
]

# Rows up to this length are faster to compare column by column.
_SHORT = 64
# Rows up to which BLAS's sum keeps its digits.
_LONG = 2**14
# Only above it can the distance of two numbers leave their dtype.
_FAR = 1e30
# What numpy's kernels for AVX-512 are called; the second since numpy 2.4.
AVX512 = ("AVX512", "X86_V4")
# Beyond it exp(x) overflows in float32; the sigmoid is 1 there.
_MOST = np.float32(88.5)
# Values from which it pays that numpy clips in vectors, but compares with a number one by one.
_MANY = 2**14
# An array: numpy takes it faster than a number.
_HALF = np.array(0.5, np.float32)


def row_max(x: Array) -> Array:
    """The largest value along the last axis, which stays as an axis of length 1."""
    columns = x.shape[-1]
    if columns <= _SHORT:
        turned = np.ascontiguousarray(x.reshape(-1, columns).T)
        return np.maximum.reduce(turned).reshape(*x.shape[:-1], 1)
    return np.maximum.reduce(x, axis=-1, keepdims=True)


def row_sum(x: Array) -> Array:
    """The sum along the last axis, which stays as an axis of length 1: x · 1, a matrix product."""
    if x.shape[-1] > _LONG:
        return sum_over(x, (-1,), keepdims=True)
    return product(x, _ones(x.shape[-1], x.dtype.char))


@lru_cache(maxsize=64)
def _ones(count: int, dtype: str) -> Array:
    ones = np.ones((count, 1), dtype)
    ones.flags.writeable = False
    return ones


def below_max(x: Array) -> Array:
    """xᵢ − max x along the last axis: a new array, −∞ where the distance leaves the dtype."""
    most = row_max(x)
    if most.size and most.item(most.argmax()) > _FAR:
        half = x * 0.5
        half -= most * 0.5
        x = np.where(half < np.finfo(x.dtype).min / 2, -np.inf, x)
    return x - most


def softmax(x: Array) -> Array:
    """exp(xᵢ − m) / Σⱼ exp(xⱼ − m) with m = max x, which changes nothing but the overflow."""
    y = below_max(x)
    np.exp(y, out=y)
    y /= row_sum(y)
    return y


def log_softmax(x: Array) -> Array:
    """xᵢ − m − log Σⱼ exp(xⱼ − m): exact where softmax itself would be 0."""
    y = below_max(x)
    y -= np.log(row_sum(np.exp(y)))
    return y


def log_probabilities(x: Array) -> Array:
    """log softmax x to be multiplied by targets: where it is −∞, the least number, as 0 · ∞ is none."""
    y = log_softmax(x)
    return np.maximum(y, np.finfo(y.dtype).min, out=y)


def logarithm(probability: Array) -> Array:
    """log p, where a p of 0 counts as the smallest normal number."""
    logs: Array = np.log(np.maximum(probability, np.finfo(probability.dtype).tiny))
    return logs


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(−x)) as fast as may be: in float64 it is `logistic`.

    In float32 as ½ + ½ tanh(x/2), or, where numpy's tanh has no kernel for this processor's vectors,
    as exp(x) / (1 + exp(x)): whichever is faster. Their absolute error, at most 10⁻⁷, is what float32 can
    say.
    """
    if x.dtype == np.float32:
        if not _tanh_is_fast():
            y = np.minimum(x, _MOST) if x.size < _MANY else x.clip(-np.inf, _MOST)
            np.exp(y, y)
            return np.divide(y, y + 1, y)
        y = x * _HALF
        np.tanh(y, out=y)
        y *= _HALF
        y += _HALF
        return y
    return logistic(x)


def logistic(x: Array) -> Array:
    """1 / (1 + exp(−x)) over exp(−|x|), which keeps relative precision far out, in every dtype."""
    small = fallen(x)
    y = np.maximum(small, x >= 0)
    small += 1
    y /= small
    return y


@cache
def _tanh_is_fast() -> bool:
    """Whether numpy's float32 tanh runs on AVX-512, where it beats exp and a division."""
    loops = opt_func_info(func_name="^tanh$", signature="float32").get("tanh", {})
    return any(name in loop["current"] for loop in loops.values() for name in AVX512)


def softplus(x: Array) -> Array:
    """log(1 + exp(x)) = max(x, 0) + log(1 + exp(−|x|))."""
    y = fallen(x)
    np.log1p(y, out=y)
    y += np.maximum(x, 0)
    return y


def fallen(x: Array) -> Array:
    """exp(−|x|): a new array."""
    y = np.abs(x)
    np.negative(y, out=y)
    np.exp(y, out=y)
    return y
