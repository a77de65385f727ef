"""Cosine: a learning rate that falls along half a wave."""

from __future__ import annotations

from math import cos, pi
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from netspec import Clock, Schedule, SpecError

from .progress import InitialRate, Per, now, total

__all__ = ["CosineSchedule"]


class CosineSchedule(Schedule):
    """rate = minimum + ½ (initial − minimum) (1 + cos(π t / period)).

    t counts epochs, or steps with `per`; the period is in the same unit, by default the whole
    training. After a period the rate rises again along the same wave, as in PyTorch's
    `CosineAnnealingLR`; with `restarts` it begins anew at once, each period `growth` times as long
    as the last, as in `CosineAnnealingWarmRestarts`. Loshchilov and Hutter, SGDR, 2017.
    """

    formula: ClassVar[str] = "rate = minimum + ½ (initial − minimum) (1 + cos(π t / period))"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"initial": 0.1},
        {"initial": 0.1, "per": "step"},
        {"initial": 0.1, "period": 2, "restarts": True, "growth": 2},
    )

    type: Literal["cosine"] = "cosine"
    initial: InitialRate
    minimum: float = Field(default=0.0, ge=0, description="the rate at the end of the period")
    period: int | None = Field(
        default=None, gt=0, description="half a wave, in epochs or steps; none: the whole training"
    )
    per: Per = Field(default="epoch", description="what t counts")
    restarts: bool = Field(default=False, description="whether each period begins at the top")
    growth: int = Field(
        default=1, gt=0, description="how much longer each period is, with restarts"
    )

    @model_validator(mode="after")
    def _restarts_have_a_period(self) -> Self:
        if (self.restarts and self.period is None) or (self.growth > 1 and not self.restarts):
            raise SpecError(
                f"restarts is {str(self.restarts).lower()}, growth {self.growth}, and period "
                f"{'not given' if self.period is None else self.period}",
                "restarts need a period, and growth needs restarts",
            )
        return self

    @property
    def uses_total(self) -> bool:
        return self.period is None

    def rate(self, clock: Clock) -> float:
        period = self.period or total(clock, self.per)
        t = now(clock, self.per)
        if self.restarts:
            t, period = self._since_restart(t, period)
        wave = (1 + cos(pi * t / period)) / 2
        return self.minimum + (self.initial - self.minimum) * wave

    def _since_restart(self, t: int, period: int) -> tuple[int, int]:
        """The time since the last restart, and the length of the period that it began."""
        if self.growth == 1:
            return t % period, period
        while t >= period:
            t -= period
            period *= self.growth
        return t, period
