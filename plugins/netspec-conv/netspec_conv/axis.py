"""One axis of an image and the window that slides along it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

__all__ = ["Axis", "Meeting", "Run", "by_input", "by_output", "by_tap"]

Meeting = tuple[slice, slice]
"""Places on one side and the places on the other that they meet, one by one."""


class Run(NamedTuple):
    """Places of an axis that look through the same `taps`, `length` of them, at partners across.

    The first place looks at `first`, `first + step`, …; each next one so many further: `after`.
    """

    places: slice
    taps: slice
    length: int
    first: int
    step: int
    after: int


class Axis(NamedTuple):
    """`size` inputs with `before` and `after` of padding, and a window of `kernel` taps.

    Output o looks through tap k at input i where o · stride + k · dilation = i + before. What lies
    in the padding is never stored: the functions below name real inputs only.
    """

    size: int
    kernel: int
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0

    @property
    def reach(self) -> int:
        """How far the window reaches, from its first tap to its last."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def padded(self) -> int:
        """The inputs with their padding."""
        return self.size + self.before + self.after

    @property
    def outputs(self) -> int:
        """The places at which the window lies wholly in the padded inputs."""
        return (self.padded - self.reach) // self.stride + 1

    @property
    def inside(self) -> bool:
        """Whether no window reaches into the padding."""
        end = (self.outputs - 1) * self.stride + self.reach
        return self.before <= 0 and end <= self.before + self.size

    @property
    def tiles(self) -> bool:
        """Whether the windows cover every input exactly once."""
        plain = self.stride == self.kernel and self.dilation == 1 and self.before == 0
        return plain and self.outputs * self.stride == self.size

    @property
    def identical(self) -> bool:
        """Whether every output looks at its own input alone."""
        return self.kernel == 1 and self.tiles


@lru_cache(maxsize=512)
def by_tap(axis: Axis) -> tuple[Meeting, ...]:
    """For each tap: the outputs that look at an input through it, and those inputs."""
    return tuple(
        _meeting(axis.outputs, axis.stride, k * axis.dilation - axis.before, axis.size)
        for k in range(axis.kernel)
    )


@lru_cache(maxsize=512)
def by_output(axis: Axis) -> tuple[Run, ...]:
    """The outputs, in runs that look at inputs through the same taps."""
    meetings = [
        _meeting(axis.kernel, axis.dilation, o * axis.stride - axis.before, axis.size)
        for o in range(axis.outputs)
    ]
    return _runs(meetings)


@lru_cache(maxsize=512)
def by_input(axis: Axis) -> tuple[Run, ...]:
    """The inputs, in runs that outputs look at through the same taps.

    The taps are counted from the last one, so that they ascend with the outputs.
    """
    meetings = []
    for at in range(axis.before, axis.before + axis.size):
        pairs = [
            (axis.kernel - 1 - k, (at - k * axis.dilation) // axis.stride)
            for k in reversed(range(axis.kernel))
            if (at - k * axis.dilation) % axis.stride == 0
            and 0 <= at - k * axis.dilation <= (axis.outputs - 1) * axis.stride
        ]
        taps, outputs = zip(*pairs, strict=True) if pairs else ((), ())
        meetings.append((_slice(taps), _slice(outputs)))
    return _runs(meetings)


def _runs(meetings: list[Meeting]) -> tuple[Run, ...]:
    """Evenly spaced places with the same taps, together; a place with none is a run alone."""
    found: dict[tuple[int, ...], list[int]] = {}
    for at, (taps, _) in enumerate(meetings):
        alone = at if taps.stop == taps.start else -1
        found.setdefault((taps.start, taps.stop, taps.step or 1, alone), []).append(at)
    runs = []
    for members in found.values():
        taps, partners = meetings[members[0]]
        after = meetings[members[1]][1].start - partners.start if len(members) > 1 else 0
        count = len(range(taps.start, taps.stop, taps.step or 1))
        runs.append(Run(_slice(members), taps, count, partners.start, partners.step or 1, after))
    return tuple(runs)


def _meeting(count: int, step: int, offset: int, size: int) -> Meeting:
    """The n of `range(count)` for which n · step + offset is one of `range(size)`, and these."""
    first = max(0, -(offset // step))
    stop = min(count, (size - 1 - offset) // step + 1)
    if stop <= first:
        return slice(0, 0), slice(0, 0)
    start = first * step + offset
    return slice(first, stop), slice(start, start + (stop - first - 1) * step + 1, step)


def _slice(numbers: Sequence[int]) -> slice:
    """Evenly spaced, ascending numbers as a slice."""
    if not numbers:
        return slice(0, 0)
    step = numbers[1] - numbers[0] if len(numbers) > 1 else 1
    return slice(numbers[0], numbers[-1] + 1, step)
