"""Scores into shares: a softmax over rows, in place."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from netspec import Array, product

__all__ = ["causal_mask", "softmax_in_place"]

# Between exp(−64) and exp(64) nothing overflows or vanishes in float32, nor does a sum of them.
_PLAIN = 64


def softmax_in_place(scores: Array, mask: Array | None = None) -> None:
    """exp(sᵢ + mᵢ) / Σⱼ exp(sⱼ + mⱼ) over the last axis of `scores`, which is overwritten.

    The mask m holds 0, or −∞ for what gets no share; every row has something that gets one. Where all
    scores are moderate they are exponentiated as they are; otherwise the largest of each row is taken
    off first, which changes nothing but the overflow.
    """
    moderate = np.maximum.reduce(scores, axis=None) <= _PLAIN
    moderate &= np.minimum.reduce(scores, axis=None) >= -_PLAIN
    if mask is not None:
        scores += mask
    if not moderate:
        scores -= np.maximum.reduce(scores, axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    # Row sums as a product with ones: several times faster than a sum over short rows.
    scores /= product(scores, np.ones((scores.shape[-1], 1), scores.dtype))


@lru_cache(maxsize=16)
def causal_mask(length: int, dtype: np.dtype[Any]) -> Array:
    """`(length, length)`: −∞ above the diagonal, where a position would see a later one, else 0."""
    mask = np.triu(np.full((length, length), -np.inf, dtype), 1)
    mask.flags.writeable = False
    return mask
