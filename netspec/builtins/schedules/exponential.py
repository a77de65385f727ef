"""Exponential: a learning rate that falls by a factor each time."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import Clock, Schedule

from .progress import InitialRate, Per, now

__all__ = ["ExponentialSchedule"]


class ExponentialSchedule(Schedule):
    """rate = initial · factorᵗ; t counts epochs, or steps with `per`. PyTorch's `ExponentialLR`."""

    formula: ClassVar[str] = "rate = initial · factorᵗ"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"initial": 0.1, "factor": 0.9},
        {"initial": 0.1, "factor": 0.9, "per": "step"},
    )

    type: Literal["exponential"] = "exponential"
    initial: InitialRate
    factor: float = Field(gt=0, le=1, description="what the rate is multiplied by each time")
    per: Per = Field(default="epoch", description="what t counts")

    def rate(self, clock: Clock) -> float:
        return float(self.initial * self.factor ** now(clock, self.per))
