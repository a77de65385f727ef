"""Lower the learning rate when a number of the history no longer improves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from netspec import Callback, CallbackSpec, TrainingView

from .watching import improves, monitored

__all__ = ["ReduceOnPlateau", "ReduceOnPlateauCallback"]


class ReduceOnPlateau(CallbackSpec):
    """Multiply the rate by `factor` after more than `patience` epochs without improvement.

    As PyTorch's `ReduceLROnPlateau` with an absolute threshold, `min_delta`. The rate is never
    brought below `minimum_factor` of what the schedule says. After a reduction `cooldown` epochs
    pass before epochs are counted again.
    """

    type: Literal["reduce_on_plateau"] = "reduce_on_plateau"
    monitor: str = Field(default="val_loss", description="the key of the history that is looked at")
    factor: float = Field(default=0.1, gt=0, lt=1, description="what the rate is multiplied by")
    patience: int = Field(default=10, ge=0, description="epochs without improvement that are borne")
    min_delta: float = Field(default=1e-4, ge=0, description="what a better value is better by")
    cooldown: int = Field(default=0, ge=0, description="epochs after a reduction that do not count")
    minimum_factor: float = Field(
        default=0.0, ge=0, le=1, description="the least that is left of the rate"
    )

    def monitors(self) -> str:
        return self.monitor

    def build(self) -> ReduceOnPlateauCallback:
        return ReduceOnPlateauCallback(self)


class ReduceOnPlateauCallback(Callback[ReduceOnPlateau]):
    """The running callback: the best value, the epochs since, and the factor so far."""

    def __init__(self, spec: ReduceOnPlateau) -> None:
        super().__init__(spec)
        self.state = {"best": None, "waited": 0, "cooling": 0, "factor": 1.0}

    def after_epoch(self, training: TrainingView, record: Mapping[str, Any]) -> None:
        spec, state = self.spec, self.state
        value = monitored(record, spec.monitor)
        if improves(value, state["best"], training.better(spec.monitor), spec.min_delta):
            state.update(best=value, waited=0)
        else:
            state["waited"] += 1
        if state["cooling"] > 0:
            state["cooling"] -= 1
            state["waited"] = 0
        if state["waited"] > spec.patience:
            wanted = max(state["factor"] * spec.factor, spec.minimum_factor)
            if 0 < wanted < state["factor"]:
                training.scale_rate(wanted / state["factor"])
                state.update(factor=wanted, waited=0, cooling=spec.cooldown)
