"""Interleaved timing: the rivals take short turns, so that a noisy moment hits all alike.

Each runs in a process of its own, forked before the first of them has run: nobody leaves another a
torn heap, threads or a full cache of plans. A machine changes its pace within seconds, and a run
takes seconds: so a run is stopped and continued from outside, some forty milliseconds at a time, in
turn with the others'.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from statistics import median
from typing import Any

__all__ = ["Times", "interleaved"]

_TURN = 0.04
"""Seconds that the slowest rival may go on at a time."""


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


class _Rival:
    """A process that runs something as often as it is told, and can be stopped in between."""

    def __init__(self, run: Callable[[], object], clock: Callable[[], float]) -> None:
        fork = get_context("fork")
        self._end, theirs = fork.Pipe()
        self._process = fork.Process(target=_serve, args=(theirs, run, clock), daemon=True)
        self._process.start()
        theirs.close()
        self._pid = self._process.ident or 0
        self._stopped = False
        self.seconds: list[float] = []
        self.result: Any = None

    def go_on(self, longest: float | None = None) -> bool:
        """Begin a run or continue it, for at most so many seconds; whether it is over."""
        if self._stopped:
            os.kill(self._pid, signal.SIGCONT)
        else:
            self._end.send(None)
        self._stopped = not self._end.poll(longest)
        if self._stopped:
            os.kill(self._pid, signal.SIGSTOP)
            os.waitpid(self._pid, os.WUNTRACED)
        else:
            spent, self.result = self._end.recv()
            self.seconds.append(spent)
        return not self._stopped

    def end(self) -> None:
        """No more runs; a stopped process would not hear anything milder."""
        self._process.kill()
        self._process.join()


def _serve(end: Any, run: Callable[[], object], clock: Callable[[], float]) -> None:
    while True:
        end.recv()
        start = clock()
        result = run()
        end.send((clock() - start, result if isinstance(result, float) else None))


def interleaved(
    names: Mapping[str, Callable[[], object]],
    rounds: int,
    clock: Callable[[], float] = time.process_time,
) -> Times:
    """Run each once to warm up, then `rounds` times, all in turns, and take the clock's seconds.

    A rival's turns are a share of what its last run took, the same share for all, so that all end
    together. A clock that goes on while a process is stopped gets whole runs.
    """
    rivals = {name: _Rival(run, clock) for name, run in names.items()}
    try:
        for rival in rivals.values():
            rival.go_on()
        for _ in range(rounds):
            share = _TURN / max(rival.seconds[-1] for rival in rivals.values())
            turns = {
                rival: share * rival.seconds[-1] if clock is time.process_time else None
                for rival in rivals.values()
            }
            running = list(turns)
            while running:
                running = [each for each in running if not each.go_on(turns[each])]
    finally:
        for rival in rivals.values():
            rival.end()
    return Times(
        {name: rival.seconds[1:] for name, rival in rivals.items()},
        {name: rival.result for name, rival in rivals.items()},
    )
