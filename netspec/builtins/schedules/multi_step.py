"""Multi-step: a learning rate that falls by a factor at given times."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from netspec import Clock, Many, Schedule

from .progress import InitialRate, Per, now

__all__ = ["MultiStepSchedule"]


class MultiStepSchedule(Schedule):
    """rate = initial · factor^(how many of the times `at` have come); t counts epochs, or steps.

    A time that is named twice counts twice. PyTorch's `MultiStepLR`.
    """

    formula: ClassVar[str] = "rate = initial · factor^|{a in at: a ≤ t}|"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"initial": 0.1, "at": [2, 4]},
        {"initial": 0.1, "at": [2, 4], "per": "step"},
    )

    type: Literal["multi_step"] = "multi_step"
    initial: InitialRate
    at: Many[Annotated[int, Field(gt=0)]] = Field(description="when the rate falls")
    factor: float = Field(default=0.1, gt=0, le=1, description="what a rate is multiplied by")
    per: Per = Field(default="epoch", description="what t counts")

    def rate(self, clock: Clock) -> float:
        t = now(clock, self.per)
        return float(self.initial * self.factor ** sum(t >= time for time in self.at))
