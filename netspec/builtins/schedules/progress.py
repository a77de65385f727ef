"""Time as schedules count it: in steps or in epochs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netspec import Clock

__all__ = ["InitialRate", "Per", "now", "total"]

Per = Literal["step", "epoch"]

InitialRate = Annotated[float, Field(gt=0, description="the learning rate at the start")]


def now(clock: Clock, per: Per) -> int:
    """The steps or epochs that are over."""
    return clock.step if per == "step" else clock.epoch


def total(clock: Clock, per: Per) -> int:
    """The steps or epochs of the whole training, an unfinished epoch included; at least 1."""
    steps = clock.steps if per == "step" else -(-clock.steps // clock.steps_per_epoch)
    return max(1, steps)
