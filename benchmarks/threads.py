"""One thread, all of them, or none set: which is faster, also while another process is busy."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from statistics import median

__all__ = ["beside_a_busy_neighbour"]

_TRAIN = """
import time
from benchmarks.problems import lecture
from benchmarks.rivals import ours
from dataclasses import replace
from netspec import Data, Part
problem = lecture()
part = problem.data.train
problem = replace(problem, data=Data(Part(part.inputs[:6000], part.targets[:6000])))
run = ours(problem, 1)
run()
start = time.perf_counter()
run()
print(time.perf_counter() - start)
"""
_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_ROUNDS = 5


def beside_a_busy_neighbour() -> Iterator[str]:
    """A table of wall seconds for 6 000 samples, and the ratio of the default to the better one."""
    settings = {"one": "1", "all": str(os.cpu_count()), "unset": ""}
    yield "| neighbour | one thread | all | unset | unset / better (wanted: at most 1.3) |"
    yield "|---|---|---|---|---|"
    for neighbour in ("idle", "busy"):
        seconds: dict[str, list[float]] = {name: [] for name in settings}
        for _ in range(_ROUNDS):
            for name, number in settings.items():
                seconds[name].append(_timed(number, neighbour == "busy"))
        one, all_, unset = (median(seconds[name]) for name in ("one", "all", "unset"))
        ratio = unset / min(one, all_)
        yield f"| {neighbour} | {one:.3f} | {all_:.3f} | {unset:.3f} | {ratio:.2f} |"


def _timed(threads: str, busy: bool) -> float:
    environment = {k: v for k, v in os.environ.items() if k not in _VARIABLES}
    if threads:
        environment["OPENBLAS_NUM_THREADS"] = threads
    neighbour = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if busy else None
    try:
        done = subprocess.run(
            [sys.executable, "-c", _TRAIN],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
    finally:
        if neighbour is not None:
            neighbour.kill()
            neighbour.wait()
    return float(done.stdout)
