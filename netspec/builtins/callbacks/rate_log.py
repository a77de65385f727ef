"""Rate log: the learning rate of every step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from netspec import Callback, CallbackSpec, TrainingView

from .logfile import append_rows, read_rows, write_rows

__all__ = ["RateLog", "RateLogCallback"]

_HEADER = ["step", "learning_rate"]


class RateLog(CallbackSpec):
    """Write the learning rate of every step into `rates.csv` in the run's folder: step, rate.

    It is the rate that was used: the schedule's, times what callbacks made of it. Steps are numbered
    as in the history, by batches: of those that `accumulate` makes one, by the last. The file grows an
    epoch at a time; a resume cuts what the checkpoint is not past. `fit`, which has no folder,
    writes nothing. The history has the rate of each epoch's last step without it.
    """

    files: ClassVar[tuple[str, ...]] = ("rates.csv",)

    type: Literal["rate_log"] = "rate_log"

    def build(self) -> RateLogCallback:
        return RateLogCallback(self)


class RateLogCallback(Callback[RateLog]):
    """The running callback: the rates of the open epoch."""

    def __init__(self, spec: RateLog) -> None:
        super().__init__(spec)
        self.state = {"rows": []}

    def before(self, training: TrainingView) -> None:
        if training.folder is None:
            return
        rows = self.state["rows"]
        known = (rows[0][0] if rows else training.step + 1) - 1
        path = training.folder / "rates.csv"
        kept = [row for row in read_rows(path)[1:] if len(row) == 2 and int(row[0]) <= known]
        write_rows(path, [_HEADER, *kept])

    def after_step(self, training: TrainingView, loss: float) -> None:
        self.state["rows"].append([training.step, training.last_rate()])

    def after_epoch(self, training: TrainingView, record: Mapping[str, Any]) -> None:
        if training.folder is not None:
            append_rows(training.folder / "rates.csv", self.state["rows"])
        self.state["rows"] = []
