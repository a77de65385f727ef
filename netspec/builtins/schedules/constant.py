"""Constant: a learning rate that stays."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from netspec import Clock, Schedule

from .progress import InitialRate

__all__ = ["ConstantSchedule"]


class ConstantSchedule(Schedule):
    """The same rate at every step."""

    formula: ClassVar[str] = "rate = initial"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"initial": 0.1},)

    type: Literal["constant"] = "constant"
    initial: InitialRate

    def rate(self, clock: Clock) -> float:
        return self.initial
