"""What is seen of a training while it runs: on a terminal a bar, elsewhere a line an epoch.

It is told of every step, so it looks at the clock only every so many of them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

from netspec.cli.output import numbers, say_error

if TYPE_CHECKING:
    from netspec.training import Moment, Training

    Listener = Callable[[Training, Moment], None]

__all__ = ["Watcher", "measures", "progress"]

_PAUSE = 0.25
_SILENT = {"epoch", "step", "learning_rate", "dead"}


def measures(record: Mapping[str, Any]) -> dict[str, Any]:
    """What a line about an epoch shows of its record."""
    return {key: value for key, value in record.items() if key not in _SILENT}


class Watcher:
    """Listens to a training: `draw` is called a few times a second, `line` after each epoch."""

    def __init__(
        self, line: Callable[[str], None], draw: Callable[[Training, float], None] | None = None
    ) -> None:
        self._line, self._draw = line, draw
        self._steps = 0
        self._look = 1
        self._since = self._looked = self._took = 0.0

    def __call__(self, training: Training, moment: Moment) -> None:
        if moment == "step":
            if not self._since:  # the clock starts behind the first step, which prepares much
                self._since = self._looked = perf_counter()
                return
            self._steps += 1
            if self._draw is not None and self._steps >= self._look:
                self._step(training)
            return
        if not self._took and self._since:
            self._took = perf_counter() - self._since
        if moment == "epoch":
            self._epoch(training)

    def _step(self, training: Training) -> None:
        now = perf_counter()
        rate = self._steps / max(now - self._since, 1e-9)
        self._look = self._steps + max(1, int(rate * _PAUSE / 2))
        if now - self._looked >= _PAUSE and self._draw is not None:
            self._looked = now
            self._draw(training, rate * training.plan.batch_size)

    def _epoch(self, training: Training) -> None:
        seen = min(training.samples, self._steps * training.plan.batch_size)
        speed = f"  {seen / max(self._took, 1e-9):,.0f} samples/s" if seen else ""
        width = len(str(training.last_epoch))
        values = numbers(measures(training.records[-1]))
        self._line(f"epoch {training.epoch:>{width}}/{training.last_epoch}  {values}{speed}")
        self._steps, self._look, self._took = 0, 1, 0.0
        self._since = perf_counter()


@contextmanager
def progress() -> Iterator[Listener]:
    """A listener for `train` that shows on standard error how far it is."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield Watcher(say_error)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[values]}"),
        console=Console(stderr=True, highlight=False),
        auto_refresh=False,
        transient=True,
    )
    task = bar.add_task("", total=None, values="")

    def draw(training: Training, rate: float) -> None:
        loss = training.tally.loss if training.tally.weight else training.last_loss
        bar.update(
            task,
            description=f"epoch {training.epoch + 1}/{training.last_epoch}",
            total=training.batches,
            completed=training.position,
            values=f"loss {loss:.4g}  {rate:,.0f} samples/s",
            refresh=True,
        )

    with bar:
        yield Watcher(lambda text: bar.console.print(text, markup=False), draw)
