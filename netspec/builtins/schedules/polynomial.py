"""Polynomial: a learning rate that falls along a power of the time left."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import Clock, Schedule

from .progress import InitialRate, Per, now, total

__all__ = ["PolynomialSchedule"]


class PolynomialSchedule(Schedule):
    """rate = minimum + (initial − minimum) (1 − t / period)^power, and the minimum after the period.

    t counts epochs, or steps with `per`; the period is in the same unit, by default the whole
    training. With `power` 1 the rate falls on a straight line. PyTorch's `PolynomialLR`.
    """

    formula: ClassVar[str] = "rate = minimum + (initial − minimum) (1 − t / period)^power"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"initial": 0.1},
        {"initial": 0.1, "power": 2.0, "per": "step"},
    )

    type: Literal["polynomial"] = "polynomial"
    initial: InitialRate
    minimum: float = Field(default=0.0, ge=0, description="the rate after the period")
    period: int | None = Field(
        default=None, gt=0, description="in epochs or steps; none: the whole training"
    )
    power: float = Field(default=1.0, gt=0, description="1 is a straight line, 2 a parabola")
    per: Per = Field(default="epoch", description="what t counts")

    @property
    def uses_total(self) -> bool:
        return self.period is None

    def rate(self, clock: Clock) -> float:
        period = self.period or total(clock, self.per)
        left = max(0.0, 1 - now(clock, self.per) / period)
        return float(self.minimum + (self.initial - self.minimum) * left**self.power)
