"""The BLAS that numpy uses: its kernel, its threads, and how to keep it to one."""

from __future__ import annotations

import os
import threading
from ctypes import addressof, c_char, c_double, c_float, c_int, c_int64, c_void_p
from functools import cache
from typing import Any, ClassVar, NamedTuple

import numpy as np

__all__ = ["ALONE", "Blas", "Calm", "address", "blas", "libraries", "routine"]

ALONE = 2**19
"""The multiplications that every BLAS does on one thread."""

# Multiplications of a whole step above which BLAS may share its products among all threads.
_SHARED = 2**26
# What a user sets who wants a number of threads.
_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")


class Blas(NamedTuple):
    """The BLAS that numpy uses: its library, its kernel, and its threads as the process began.

    `chosen` says whether the user set the number of threads, by an environment variable. It is then
    left alone.
    """

    library: str
    kernel: str
    threads: int
    chosen: bool

    @property
    def small(self) -> int:
        """The multiplications up to which a product is sure to stay on one thread.

        On AVX-512 that is where OpenBLAS's kernel without packing ends.
        """
        return 10**6 if self.kernel in {"SkylakeX", "Cooperlake", "SapphireRapids"} else ALONE

    @property
    def pieces_pay(self) -> bool:
        """Whether small pieces are faster than the whole even on one thread."""
        return self.small > ALONE

    @property
    def rows_at_once(self) -> int:
        """How many rows of float32 on the left the kernel takes at once: fewer take as long."""
        return 4 if self.kernel in {"Haswell", "Zen"} else 1


@cache
def blas() -> Blas:
    """What threadpoolctl says of the BLAS that numpy loaded; looked at once a process."""
    chosen = any(os.environ.get(name) for name in _VARIABLES)
    for library in libraries():
        kernel = str(getattr(library, "architecture", ""))
        version = f"{library.internal_api} {library.version}"
        threads = int(library.num_threads)
        Calm.always = threads == 1
        return Blas(version, kernel, threads, chosen)
    return Blas("unknown", "unknown", 0, chosen)


@cache
def libraries() -> list[Any]:
    """threadpoolctl's handles of the BLAS libraries that are loaded."""
    from threadpoolctl import ThreadpoolController

    controllers = ThreadpoolController().lib_controllers
    return [library for library in controllers if library.user_api == "blas"]


@cache
def routine(name: str, dtype: np.dtype[Any], signature: str) -> Any:
    """cblas's function of this name, as `gemm`, for float32 or float64.

    `signature` has a letter for each argument: `i` an int, `n` a size, `x` a number of the dtype, `p`
    an address. None for other dtypes, and where BLAS is not the OpenBLAS of numpy's own wheels, whose
    sizes have 64 bits.
    """
    letter, number = {
        np.dtype(np.float32): ("s", c_float),
        np.dtype(np.float64): ("d", c_double),
    }.get(dtype, ("", None))
    for library in libraries() if letter else ():
        for symbol in (f"scipy_cblas_{letter}{name}64_", f"cblas_{letter}{name}64_"):
            found = getattr(library.dynlib, symbol, None)
            if found is not None:
                kinds = {"i": c_int, "n": c_int64, "x": number, "p": c_void_p}
                found.argtypes = [kinds[each] for each in signature]
                found.restype = None
                return found
    return None


def address(x: Any) -> int:
    """Where an array's memory begins.

    What may be written and lies without gaps ctypes shows in a third of the time of `x.ctypes`.
    """
    flags = x.flags
    if flags.writeable and flags.forc and x.size:
        return addressof(c_char.from_buffer(x if flags.c_contiguous else x.T))
    return int(x.ctypes.data)


class Calm:
    """While it is entered, BLAS keeps to one thread: for work of so many multiplications.

    A barrier between threads costs more than a small product, and a hundred times more where another
    process has the other core. Work above 2²⁶ multiplications keeps all threads, and so does
    everything where the user has set their number. Afterwards it has the threads that it had.
    """

    always: ClassVar[bool] = False
    """Whether BLAS has no more than one thread in this process, as far as anybody has looked."""

    _lock = threading.Lock()
    _entered = 0
    _found: ClassVar[list[int]] = []

    def __init__(self, multiplications: int) -> None:
        library = blas()
        self._acts = library.threads > 1 and not library.chosen and multiplications <= _SHARED

    def __enter__(self) -> None:
        if self._acts:
            with Calm._lock:
                Calm._entered += 1
                if Calm._entered == 1:
                    Calm._found = [library.num_threads for library in libraries()]
                    for library in libraries():
                        library.set_num_threads(1)

    def __exit__(self, *_: object) -> None:
        if self._acts:
            with Calm._lock:
                Calm._entered -= 1
                if Calm._entered == 0:
                    for library, threads in zip(libraries(), Calm._found, strict=True):
                        library.set_num_threads(threads)

    @classmethod
    def holds(cls) -> bool:
        """Whether BLAS is known to keep to one thread now; to ask does not look at it first."""
        return cls._entered > 0 or cls.always

    @classmethod
    def outside(cls) -> int:
        """The threads that BLAS has now where nobody has entered; 0 where it is unknown."""
        with cls._lock:
            found = cls._found if cls._entered else [each.num_threads for each in libraries()]
        return int(found[0]) if found else 0
