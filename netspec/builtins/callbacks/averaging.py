"""Model averaging: the model is the running mean of the weights, not where the last step left them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import Array, Callback, CallbackSpec, TrainingView

__all__ = ["Averaging", "AveragingCallback"]


class Averaging(CallbackSpec):
    """a ← decay · a + (1 − decay) · w after every step; the model is a, which begins as the first w.

    The mean forgets slowly and so smooths what single batches do: a decay of 0.999 looks back over
    about a thousand steps. Training goes on with w, and `val_loss` is that of w; parameters are
    averaged, state such as batch normalisation's stays the last.

    PyTorch's `AveragedModel` with `get_ema_multi_avg_fn`. Polyak and Juditsky, Acceleration of
    stochastic approximation by averaging, 1992; Tarvainen and Valpola, Mean teachers, 2017.
    """

    formula: ClassVar[str] = "a ← decay · a + (1 − decay) · w"

    type: Literal["averaging"] = "averaging"
    decay: float = Field(
        default=0.999, ge=0, lt=1, description="the share of the mean that stays a step"
    )

    def restoring(self) -> bool:
        return True

    def build(self) -> AveragingCallback:
        return AveragingCallback(self)


class AveragingCallback(Callback[Averaging]):
    """The running callback: the mean of each parameter, by its path."""

    def __init__(self, spec: Averaging) -> None:
        super().__init__(spec)
        self.state = {"means": {}}

    def after_step(self, training: TrainingView, loss: float) -> None:
        means: dict[str, Array] = self.state["means"]
        weights = training.network.trainable()
        if not means:
            means.update({path: array.copy(order="K") for path, array in weights.items()})
            return
        share = 1 - self.spec.decay
        for path, array in weights.items():
            means[path] += (array - means[path]) * share

    def after_epoch(self, training: TrainingView, record: Mapping[str, Any]) -> None:
        training.offer({path: array.copy(order="K") for path, array in self.state["means"].items()})
