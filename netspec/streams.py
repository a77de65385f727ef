"""Randomness that is addressed, not consumed.

A stream of random numbers is named by seed, purpose, path and step, so that no generator has to be
stored: whoever knows the step can make the very stream again. The name is spelt in seven 32-bit
words of fixed width, because numpy pads shorter names with zeros, and then two names could meet.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum
from functools import lru_cache

import numpy as np

__all__ = ["Purpose", "stream"]


class Purpose(IntEnum):
    """What a stream is drawn for."""

    INITIAL = 1
    ORDER = 2
    SPLIT = 3
    LAYER = 4
    PROBE = 5


def stream(seed: int, purpose: Purpose, path: str = "", step: int = 0) -> np.random.Generator:
    """The generator at this address: the same address gives the same numbers, anywhere."""
    words = [
        *_words(seed),
        int(purpose),
        *_words(_key(path)),
        *_words(step),
    ]
    return np.random.default_rng(np.array(words, np.uint32))


def _words(number: int) -> tuple[int, int]:
    """A number below 2^64 as two words of 32 bits, the lower one first."""
    return number & 0xFFFFFFFF, (number >> 32) & 0xFFFFFFFF


@lru_cache(maxsize=4096)
def _key(path: str) -> int:
    return int.from_bytes(hashlib.sha256(path.encode()).digest()[:8], "little")
