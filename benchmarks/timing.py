"""Interleaved timing: every rival once a round, so that a noisy moment hits all alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

__all__ = ["Times", "interleaved"]


@dataclass(frozen=True)
class Times:
    """The seconds of each rival, round by round."""

    seconds: Mapping[str, list[float]]

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
    for run in rivals.values():
        run()
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for _ in range(rounds):
        for name, run in rivals.items():
            start = clock()
            run()
            seconds[name].append(clock() - start)
    return Times(seconds)
