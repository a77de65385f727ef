"""Where the memory of arrays begins, and how it is used again."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from .blas import address
from .shapes import Array, Shape, size

__all__ = ["aligned", "keep_freed"]

# A little less than the largest block that glibc keeps when it is freed: its header comes on top.
_LARGEST = 2**25 - 2**16
# The bytes of a cache line, and of the longest vector.
_LINE = 64


def aligned(shape: Shape, dtype: Any) -> Array:
    """An array that nobody has filled, and whose memory begins where a cache line does.

    numpy's begin anywhere. BLAS reads what is multiplied by a small matrix as it lies: each of its
    vectors then comes from two lines, and a product takes up to one and a half times as long.
    """
    length = size(shape) * np.dtype(dtype).itemsize
    block = np.empty(length + _LINE, np.uint8)
    start = -address(block) % _LINE
    return block[start : start + length].view(dtype).reshape(shape)


@cache
def keep_freed() -> None:
    """Let the arrays of one step be the memory of the next, for the rest of the process.

    glibc gives a freed block above 128 kB back to the system, and a new one costs a fault for each
    page of 4 kB. It keeps blocks up to the largest that was ever freed, so one is freed here. Other
    C libraries take no notice.
    """
    np.empty(_LARGEST, np.uint8)
