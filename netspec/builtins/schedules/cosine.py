"""Cosine: a learning rate that falls along half a wave."""

from __future__ import annotations

from math import cos, pi
from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import Clock, Schedule

from .progress import InitialRate, Per, now, total

__all__ = ["CosineSchedule"]


class CosineSchedule(Schedule):
    """rate = minimum + ½ (initial − minimum) (1 + cos(π t / period)).

    t counts epochs, or steps with `per`; the period is in the same unit, by default the whole
    training. After a period the rate rises again along the same wave, as in PyTorch's
    `CosineAnnealingLR`. Loshchilov and Hutter, SGDR, 2017.
    """

    formula: ClassVar[str] = "rate = minimum + ½ (initial − minimum) (1 + cos(π t / period))"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"initial": 0.1},)

    type: Literal["cosine"] = "cosine"
    initial: InitialRate
    minimum: float = Field(default=0.0, ge=0, description="the rate at the end of the period")
    period: int | None = Field(
        default=None, gt=0, description="half a wave, in epochs or steps; none: the whole training"
    )
    per: Per = Field(default="epoch", description="what t counts")

    @property
    def uses_total(self) -> bool:
        return self.period is None

    def rate(self, clock: Clock) -> float:
        period = self.period or total(clock, self.per)
        wave = (1 + cos(pi * now(clock, self.per) / period)) / 2
        return self.minimum + (self.initial - self.minimum) * wave
