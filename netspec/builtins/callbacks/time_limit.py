"""Stop when the training has taken long enough."""

from __future__ import annotations

from time import monotonic
from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import Callback, CallbackSpec, TrainingView

__all__ = ["TimeLimit", "TimeLimitCallback"]


class TimeLimit(CallbackSpec):
    """End the training after the step in which `seconds` of training have passed.

    The time that earlier processes of a resumed run took counts. It is the one thing in netspec that
    depends on the machine's speed: two such runs need not have the same number of steps.
    """

    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"seconds": 60.0},)

    type: Literal["time_limit"] = "time_limit"
    seconds: float = Field(gt=0, description="the time that training may take")

    def build(self) -> TimeLimitCallback:
        return TimeLimitCallback(self)


class TimeLimitCallback(Callback[TimeLimit]):
    """The running callback: the seconds spent, up to the last step."""

    def __init__(self, spec: TimeLimit) -> None:
        super().__init__(spec)
        self.state = {"spent": 0.0}
        self._since = monotonic()

    def before(self, training: TrainingView) -> None:
        self._since = monotonic()

    def after_step(self, training: TrainingView, loss: float) -> None:
        now = monotonic()
        self.state["spent"] += now - self._since
        self._since = now
        if self.state["spent"] >= self.spec.seconds:
            training.stop(self.spec.type)
