"""How numpy computes while netspec trains or looks at what it trained."""

from __future__ import annotations

import numpy as np

__all__ = ["Computing"]

# Values of numpy's buffers, which hold 8192 else.
_BUFFER = 1024


class Computing(np.errstate):
    """While it is entered, numpy warns of nothing, and its loops take short buffers.

    Where the lines of an array do not lie end to end, numpy copies as many as its buffer holds before
    it computes, unless one line fills the buffer. That takes up to four times as long as the
    arithmetic, and images, slices of gates and heads are all made of such lines. The order in which
    values are summed may depend on the buffer: what must have the same bits is computed in the same.
    """

    def __init__(self) -> None:
        super().__init__(all="ignore")

    def __enter__(self) -> None:
        super().__enter__()
        # Goes with the other settings when they are left.
        np.setbufsize(_BUFFER)
