"""The memory that arrays leave behind, and how it is used again."""

from __future__ import annotations

from functools import cache

import numpy as np

__all__ = ["keep_freed"]

# A little less than the largest block that glibc keeps when it is freed: its header comes on top.
_LARGEST = 2**25 - 2**16


@cache
def keep_freed() -> None:
    """Let the arrays of one step be the memory of the next, for the rest of the process.

    glibc gives a freed block above 128 kB back to the system, and a new one costs a fault for each
    page of 4 kB. It keeps blocks up to the largest that was ever freed, so one is freed here. Other
    C libraries take no notice.
    """
    np.empty(_LARGEST, np.uint8)
