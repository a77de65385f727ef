"""CSV log: the history as a table, for a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from netspec import Callback, CallbackSpec, TrainingView

from .logfile import write_rows

__all__ = ["CSVLog", "CSVLogCallback"]


class CSVLog(CallbackSpec):
    """Write the history into `history.csv` in the run's folder: a line an epoch, a column a key.

    The file is complete after every epoch, and after a resume too. A key that an epoch lacks leaves
    its cell empty. `fit`, which has no folder, writes nothing. Keras's `CSVLogger`.
    """

    files: ClassVar[tuple[str, ...]] = ("history.csv",)

    type: Literal["csv_log"] = "csv_log"

    def build(self) -> CSVLogCallback:
        return CSVLogCallback(self)


class CSVLogCallback(Callback[CSVLog]):
    """The running callback. It writes the file anew, so that no line is there twice."""

    def after_epoch(self, training: TrainingView, record: Mapping[str, Any]) -> None:
        if training.folder is None:
            return
        keys = list(dict.fromkeys(key for each in training.records for key in each))
        rows = [[each.get(key, "") for key in keys] for each in training.records]
        write_rows(training.folder / "history.csv", [keys, *rows])
