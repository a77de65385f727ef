"""Step: a learning rate that falls by a factor, again and again."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import Clock, Schedule

from .progress import InitialRate, Per, now

__all__ = ["StepSchedule"]


class StepSchedule(Schedule):
    """rate = initial · factor^⌊t / every⌋; t counts epochs, or steps with `per`.

    PyTorch's `StepLR`, with `every` for step_size and `factor` for gamma.
    """

    formula: ClassVar[str] = "rate = initial · factor^⌊t / every⌋"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"initial": 0.1, "every": 2},
        {"initial": 0.1, "every": 2, "per": "step"},
    )

    type: Literal["step"] = "step"
    initial: InitialRate
    every: int = Field(gt=0, description="how many epochs or steps a rate lasts")
    factor: float = Field(default=0.1, gt=0, le=1, description="what a rate is multiplied by")
    per: Per = Field(default="epoch", description="what t counts")

    def rate(self, clock: Clock) -> float:
        return float(self.initial * self.factor ** (now(clock, self.per) // self.every))
