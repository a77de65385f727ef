"""A schedule: the learning rate as a function of the step."""

from __future__ import annotations

from abc import abstractmethod
from typing import NamedTuple

from netspec.spec import Component

__all__ = ["Clock", "Schedule"]


class Clock(NamedTuple):
    """Where a training stands. All count from 0; `steps` is the total of the whole training."""

    step: int
    epoch: int
    steps_per_epoch: int
    steps: int


class Schedule(Component, kind="schedule"):
    """The learning rate as a pure function of the clock, so that a resume needs no memory of it.

    A schedule that looks at `clock.steps` says so with `uses_total`: training longer then changes
    the rates of the steps that are already behind.
    """

    @property
    def uses_total(self) -> bool:
        """Whether the rate depends on how long the whole training is."""
        return False

    @abstractmethod
    def rate(self, clock: Clock) -> float:
        """The learning rate of the step that begins at this clock."""
