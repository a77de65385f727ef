"""Arrays out of a pickle that a stranger wrote.

A pickle is a program: it names what it calls. Here every name of numpy stands for a class of this
file that only keeps what it is given, and any other name is refused. So nothing of numpy runs
before lengths and types are checked.
"""

from __future__ import annotations

import io
import math
import pickle
from typing import Any

import numpy as np

from netspec import Array, DataError, quote

__all__ = ["arrays_of"]


def arrays_of(text: bytes) -> Any:
    """What the pickle holds: arrays of numbers, and tuples, lists and plain values around them.

    Raises DataError where it names anything else, is cut or damaged.
    """
    try:
        return _plain(_Unpickler(io.BytesIO(text), encoding="latin1").load())
    except DataError:
        raise
    except MemoryError:
        raise DataError("the pickle asks for more memory than there is") from None
    except Exception as error:  # a damaged pickle may raise anything
        raise DataError(f"the pickle is cut or damaged: {quote(error)}") from None


class _StandIn:
    """A name that a pickle may call; nothing can be set on it."""

    __slots__ = ()

    def __setstate__(self, state: Any) -> None:
        raise DataError("the pickle sets what has no state")


class _Array(_StandIn):
    """`numpy.ndarray`: empty at first, then (version, shape, dtype, fortran, data)."""

    __slots__ = ("value",)

    def __init__(self, *_: Any) -> None:
        self.value: Array = np.empty(0)

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, fortran, data = state
        self.value = _numbers(data, dtype, shape, "F" if fortran else "C")


class _FromBuffer(_Array):
    """`_frombuffer`, which protocol 5 calls."""

    __slots__ = ()

    def __init__(self, data: Any, dtype: Any, shape: Any, order: Any) -> None:
        self.value = _numbers(data, dtype, shape, "F" if order == "F" else "C")


class _DType(_StandIn):
    """`numpy.dtype` of whole numbers and floats."""

    __slots__ = ("value",)

    def __init__(self, written: str, *_: Any) -> None:
        if written not in {f"{kind}{size}" for kind in "iuf" for size in (1, 2, 4, 8)} - {"f1"}:
            raise DataError(f"the pickle holds {quote(written)}, which are no numbers")
        self.value = np.dtype(written)

    def __setstate__(self, state: Any) -> None:
        self.value = self.value.newbyteorder(">" if state[1] == ">" else "<")


class _Encoded(_StandIn):
    """`_codecs.encode`, with which old protocols write bytes."""

    __slots__ = ("value",)

    def __init__(self, text: str, encoding: str) -> None:
        self.value = text.encode("latin1")


_KNOWN = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _DType,
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy.core.numeric", "_frombuffer"): _FromBuffer,
    ("_codecs", "encode"): _Encoded,
}


class _Unpickler(pickle._Unpickler):
    """Python's unpickler written in Python: the one in C makes room for any number it is told."""

    def find_class(self, module: str, name: str) -> Any:
        found = _KNOWN.get((module.replace("numpy._core.", "numpy.core."), name))
        if found is None:
            raise DataError(
                f"the pickle asks for {quote(f'{module}.{name}')}, which is never loaded",
                "it may hold arrays of numbers, tuples and lists",
            )
        return found


def _numbers(data: Any, dtype: Any, shape: Any, order: Any) -> Array:
    if isinstance(data, _Encoded):
        data = data.value
    if isinstance(data, str):
        data = data.encode("latin1")
    if not isinstance(dtype, _DType) or not isinstance(data, bytes | bytearray):
        raise DataError("the pickle holds an array that is none of numbers")
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        raise DataError(f"the pickle holds an array of the shape {quote(shape)}")
    size = dtype.value.itemsize * math.prod(shape)
    if len(shape) > 8 or size != len(data):
        raise DataError(f"an array in the pickle declares {size} bytes and has {len(data)}")
    return np.frombuffer(data, dtype.value).reshape(shape, order=order)


def _plain(value: Any) -> Any:
    """Arrays in place of stand-ins, three levels deep, which is what the lecture's file has."""
    if isinstance(value, _Array):
        return value.value
    if isinstance(value, tuple | list):
        return tuple(
            tuple(part.value if isinstance(part, _Array) else part for part in item)
            if isinstance(item, tuple | list)
            else item
            for item in value
        )
    return value
