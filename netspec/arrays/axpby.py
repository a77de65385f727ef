"""BLAS's own sum, y ← β y + α x in one pass: numpy needs two, and three where α is not 1."""

from __future__ import annotations

import numpy as np

from .blas import address, routine
from .shapes import Array

__all__ = ["add_array"]

_SIGNATURE = "nxpnxpn"


def add_array(x: Array, out: Array, keep: float, scale: float) -> bool:
    """`out = keep · out + scale · x`; False, and nothing done, where BLAS cannot take it.

    It takes arrays of one shape and dtype, float32 or float64, without gaps and in the same memory
    order, that share no memory: all this is looked at here, since BLAS would read and write wherever
    it is sent.
    """
    if x.dtype != out.dtype or x.shape != out.shape:
        return False
    one, other = x.flags, out.flags
    rows = one.c_contiguous and other.c_contiguous
    if not (rows or (one.f_contiguous and other.f_contiguous)):
        return False
    if not (one.aligned and other.aligned and other.writeable) or np.may_share_memory(x, out):
        return False
    axpby = routine("axpby", out.dtype, _SIGNATURE)
    if axpby is None:
        return False
    axpby(out.size, float(scale), address(x), 1, float(keep), address(out), 1)
    return True
