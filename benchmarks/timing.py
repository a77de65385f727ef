"""Interleaved timing: every rival once a round, so that a noisy moment hits all alike.

Each runs in a process of its own, forked before the first of them has run: nobody leaves another a
torn heap, threads or a full cache of plans.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from statistics import median
from typing import Any

__all__ = ["Times", "interleaved"]


@dataclass(frozen=True)
class Times:
    """The seconds of each rival, round by round, and what its last run returned."""

    seconds: Mapping[str, list[float]]
    results: Mapping[str, Any]

    def median(self, name: str) -> float:
        """The median of a rival's seconds."""
        return median(self.seconds[name])

    def ratio(self, name: str, base: str) -> float:
        """How many times longer `name` takes than `base`: the median of the rounds' ratios."""
        pairs = zip(self.seconds[name], self.seconds[base], strict=True)
        return median(theirs / ours for theirs, ours in pairs)


def interleaved(
    rivals: Mapping[str, Callable[[], object]],
    rounds: int,
    clock: Callable[[], float] = time.process_time,
) -> Times:
    """Run each rival once to warm up, then `rounds` times in turn, and take the clock's seconds."""
    fork = get_context("fork")
    ends: dict[str, Connection[Any, Any]] = {}
    for name, run in rivals.items():
        ends[name], theirs = fork.Pipe()
        fork.Process(target=_serve, args=(theirs, run, clock), daemon=True).start()
        theirs.close()
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    results: dict[str, Any] = {}
    for at in range(rounds + 1):
        for name, end in ends.items():
            end.send(None)
            spent, results[name] = end.recv()
            if at:
                seconds[name].append(spent)
    for end in ends.values():
        end.close()
    return Times(seconds, results)


def _serve(
    end: Connection[Any, Any], run: Callable[[], object], clock: Callable[[], float]
) -> None:
    """Run whenever the other end asks, until it closes."""
    while True:
        try:
            end.recv()
        except EOFError:
            return
        start = clock()
        result = run()
        end.send((clock() - start, result if isinstance(result, float) else None))
