"""Warm-up: small steps first, then any schedule."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import Clock, Rate, Schedule

from .progress import Per, now

__all__ = ["WarmupSchedule"]


class WarmupSchedule(Schedule):
    """The rate rises evenly to the first rate of `then`, which begins when the warm-up is over.

    For t < steps the rate is (t + 1) / (steps + 1) of it; t counts steps, or epochs with
    `per`. `then` is a number or a schedule; its clock starts at 0 after the warm-up, and its whole
    training is what is left. PyTorch's `LinearLR` before another in a `SequentialLR`. Goyal and
    others, Accurate, large minibatch SGD, 2017.
    """

    formula: ClassVar[str] = "rate = then(0) (t + 1) / (steps + 1) for t < steps, then then(t)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"steps": 3, "then": 0.1},
        {"steps": 1, "then": 0.1, "per": "epoch"},
    )

    type: Literal["warmup"] = "warmup"
    steps: int = Field(gt=0, description="the length of the warm-up, in steps or epochs")
    then: Rate = Field(description="what follows: a number, or a schedule")
    per: Per = Field(default="step", description="what t and steps count")

    @property
    def uses_total(self) -> bool:
        return isinstance(self.then, Schedule) and self.then.uses_total

    def rate(self, clock: Clock) -> float:
        t = now(clock, self.per)
        if t < self.steps:
            return self._then(clock, 0) * (t + 1) / (self.steps + 1)
        return self._then(clock, clock.step - self._length(clock))

    def _then(self, clock: Clock, step: int) -> float:
        if not isinstance(self.then, Schedule):
            return self.then
        left = max(0, clock.steps - self._length(clock))
        epoch = step // clock.steps_per_epoch
        return self.then.rate(Clock(step, epoch, clock.steps_per_epoch, left))

    def _length(self, clock: Clock) -> int:
        return self.steps if self.per == "step" else self.steps * clock.steps_per_epoch
