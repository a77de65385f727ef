"""What the machine can do at most: the limits that stand beside the times."""

from __future__ import annotations

import os
import time
from statistics import median

import numpy as np

from netspec.provenance import bits_key

__all__ = ["limits"]


def limits() -> list[str]:
    """Lines that say the bits key, what the user told BLAS, the peak of sgemm at the shapes used, and
    the memory's bandwidth."""
    rng = np.random.default_rng(0)
    lines = ["  ".join(f"{key} {value}" for key, value in bits_key().items())]
    # A kernel that is named here may be a lesser one than the processor's.
    lines += [
        f"{name}={os.environ[name]}" for name in sorted(os.environ) if name.startswith("OPENBLAS_")
    ]
    for rows, inner, columns in ((10, 784, 392), (128, 784, 512), (1024, 784, 392), (32, 32, 32)):
        a = rng.random((rows, inner), np.float32)
        b = rng.random((inner, columns), np.float32)
        seconds = _median(lambda a=a, b=b: a @ b)
        speed = 2 * rows * inner * columns / seconds / 1e9
        lines.append(f"sgemm {rows} × {inner} × {columns}: {speed:.1f} GFLOP/s")
    for name, values in (("second-level cache", 2**15), ("main memory", 2**25)):
        x, y = np.ones(values, np.float32), np.ones(values, np.float32)
        seconds = _median(lambda x=x, y=y: np.add(x, y, out=y))
        lines.append(f"x + y in the {name}: {12 * values / seconds / 1e9:.1f} GB/s")
    return lines


def _median(run: object) -> float:
    seconds = []
    for _ in range(15):
        start = time.process_time()
        for _ in range(5):
            run()  # type: ignore[operator]
        seconds.append((time.process_time() - start) / 5)
    return median(seconds[3:])
