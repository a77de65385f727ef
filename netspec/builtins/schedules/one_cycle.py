"""One cycle: a learning rate that rises to a height and falls to almost nothing."""

from __future__ import annotations

from math import cos, pi
from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import Clock, Schedule

from .progress import Per, now, total

__all__ = ["OneCycleSchedule"]


class OneCycleSchedule(Schedule):
    """From highest / start_divisor up to `highest`, then down to start / end_divisor, along cosines.

    The rise takes the share `rise` of the period, which is by default the whole training; t counts
    steps, or epochs with `per`. PyTorch's `OneCycleLR`, the rate alone; where the rise is shorter
    than one step, this one begins at the height, and PyTorch's already past it. Smith and Topin,
    Super-convergence, 2019.
    """

    formula: ClassVar[str] = "rate = a + (b − a) ½ (1 − cos(π s)), up for the share rise, then down"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"highest": 0.1},
        {"highest": 0.1, "per": "epoch"},
    )

    type: Literal["one_cycle"] = "one_cycle"
    highest: float = Field(gt=0, description="the rate at the height")
    rise: float = Field(default=0.3, gt=0, lt=1, description="the share of the time it rises")
    start_divisor: float = Field(default=25.0, ge=1, description="the height over the first rate")
    end_divisor: float = Field(default=1e4, ge=1, description="the first rate over the last")
    period: int | None = Field(
        default=None, gt=0, description="in steps or epochs; none: the whole training"
    )
    per: Per = Field(default="step", description="what t counts")

    @property
    def uses_total(self) -> bool:
        return self.period is None

    def rate(self, clock: Clock) -> float:
        last = (self.period or total(clock, self.per)) - 1
        t = min(now(clock, self.per), last)
        height = max(0.0, self.rise * (last + 1) - 1)
        start = self.highest / self.start_divisor
        if t <= height:
            return _between(start, self.highest, t / height if height else 1.0)
        share = (t - height) / (last - height)
        return _between(self.highest, start / self.end_divisor, share)


def _between(first: float, second: float, share: float) -> float:
    """From one to the other along half a cosine."""
    return first + (second - first) * (1 - cos(pi * share)) / 2
