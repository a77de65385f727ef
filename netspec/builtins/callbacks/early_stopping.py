"""Stop when a number of the history no longer improves, and keep the best weights."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from netspec import Callback, CallbackSpec, NetspecWarning, TrainingView

from .watching import improves, monitored

__all__ = ["EarlyStopping", "EarlyStoppingCallback"]


class EarlyStopping(CallbackSpec):
    """Stop after `patience` epochs in which `monitor` was not better by more than `min_delta`.

    With `restore_best` the model is the best epoch's, whatever ended the training; of equal epochs
    the earlier. With a `baseline` nothing counts as best that is not better than it; where nothing
    was, a warning says so and the last weights stay.
    """

    type: Literal["early_stopping"] = "early_stopping"
    monitor: str = Field(default="val_loss", description="the key of the history that is looked at")
    patience: int = Field(default=5, ge=0, description="epochs without improvement before the end")
    min_delta: float = Field(default=0.0, ge=0, description="what a better value is better by")
    baseline: float | None = Field(
        default=None, description="the value that the best must be better than"
    )
    restore_best: bool = Field(default=True, description="whether the model is the best epoch's")

    def restoring(self) -> bool:
        return self.restore_best

    def monitors(self) -> str:
        return self.monitor

    def build(self) -> EarlyStoppingCallback:
        return EarlyStoppingCallback(self)


class EarlyStoppingCallback(Callback[EarlyStopping]):
    """The running callback: the best value so far, and how many epochs it has stood."""

    def __init__(self, spec: EarlyStopping) -> None:
        super().__init__(spec)
        self.state = {"best": spec.baseline, "epoch": 0, "waited": 0}

    def after_epoch(self, training: TrainingView, record: Mapping[str, Any]) -> None:
        spec, state = self.spec, self.state
        value = monitored(record, spec.monitor)
        if improves(value, state["best"], training.better(spec.monitor), spec.min_delta):
            state.update(best=value, epoch=record["epoch"], waited=0)
            if spec.restore_best:
                training.offer(training.weights())
            return
        state["waited"] += 1
        if state["waited"] >= max(1, spec.patience):
            training.stop(spec.type)

    def after(self, training: TrainingView) -> None:
        if self.spec.restore_best and training.records and not self.state["epoch"]:
            warnings.warn(
                f"{self.spec.monitor} was never better than {self.state['best']}: "
                "the last weights are kept",
                NetspecWarning,
                stacklevel=2,
            )
