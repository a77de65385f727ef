"""The callback: an event file in the run's folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from time import time
from typing import Any, ClassVar, Literal

from netspec import Callback, CallbackSpec, SaveError, TrainingView, quote

from .events import scalars, version
from .records import framed

__all__ = ["TensorBoard", "TensorBoardCallback"]

_FILE = "events.out.tfevents.netspec"


class TensorBoard(CallbackSpec):
    """Write the history into an event file in the run's folder, for TensorBoard to draw.

    Every number of an epoch is a scalar at the epoch's last step: `loss/train` and
    `loss/validation`, so for each metric, and `learning_rate`. What is no number, as a confusion
    matrix, stays in the history. The file grows an epoch at a time, and may be watched; a resumed
    run writes it anew up to its checkpoint, so that no step is there twice and none is missing.
    `fit`, which has no folder, writes nothing. Keras's `TensorBoard`, without its graphs.
    """

    files: ClassVar[tuple[str, ...]] = (_FILE,)

    type: Literal["tensorboard"] = "tensorboard"

    def build(self) -> TensorBoardCallback:
        return TensorBoardCallback(self)


class TensorBoardCallback(Callback[TensorBoard]):
    """The running callback. It remembers when the file was begun, and when each epoch ended.

    All else stands in the history, so that a resume writes the same bytes again, into the same file:
    a TensorBoard that watches it reads on where it was.
    """

    def __init__(self, spec: TensorBoard) -> None:
        super().__init__(spec)
        self.state = {"begun": time(), "ended": []}

    def before(self, training: TrainingView) -> None:
        if training.folder is not None:
            epochs = zip(self.state["ended"], training.records, strict=True)
            events = [version(self.state["begun"]), *(_event(*epoch) for epoch in epochs)]
            _write(training.folder / _FILE, "wb", *events)

    def after_epoch(self, training: TrainingView, record: Mapping[str, Any]) -> None:
        self.state["ended"].append(time())
        if training.folder is not None:
            _write(training.folder / _FILE, "ab", _event(self.state["ended"][-1], record))


def _event(ended: float, record: Mapping[str, Any]) -> bytes:
    return scalars(ended, record["step"], _tagged(record))


def _tagged(record: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of an epoch's line, by tag: what stands before the slash heads a group of charts."""
    tags: dict[str, float] = {}
    for key, value in record.items():
        if key in ("epoch", "step") or not isinstance(value, int | float):
            continue
        if key in ("learning_rate", "penalty"):
            tags[key] = value
        else:
            part = "validation" if key.startswith("val_") else "train"
            tags[f"{key.removeprefix('val_')}/{part}"] = value
    return tags


def _write(path: Path, mode: Literal["wb", "ab"], *events: bytes) -> None:
    try:
        with path.open(mode) as file:
            file.write(b"".join(framed(event) for event in events))
    except OSError as error:
        raise SaveError(
            f"{quote(path)} cannot be written: {error.strerror}",
            "free the disk, or leave out the callback",
        ) from None
