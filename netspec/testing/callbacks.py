"""What a callback promises, one check a promise, in a small training."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np

from netspec.arrays import Array
from netspec.chain import Chain
from netspec.kinds import Callback, CallbackSpec
from netspec.network import SequentialNetwork
from netspec.packing import pack

from .findings import Check, prove

__all__ = ["check_callback"]

_LOSSES = (1.0, 0.5, 0.7, float("nan"), 0.6, 0.4, 0.9, 0.8)


@dataclass
class _Training:
    """A training as a callback sees it, that writes down what the callback does."""

    network: Chain
    folder: Path | None = None
    step: int = 0
    epoch: int = 0
    records: list[dict[str, Any]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    def last_rate(self) -> float:
        return 0.1

    def stop(self, reason: str) -> None:
        self.done.append(f"epoch {self.epoch}: stop")

    def scale_rate(self, factor: float) -> None:
        self.done.append(f"epoch {self.epoch}: rate × {factor:.6g}")

    def offer(self, weights: Mapping[str, Array]) -> None:
        sums = [f"{path} {float(weights[path].sum()):.9g}" for path in sorted(weights)]
        self.done.append(f"epoch {self.epoch}: offer of {', '.join(sums)}")

    def better(self, key: str) -> Literal["higher", "lower"]:
        return "lower"

    def weights(self) -> dict[str, Array]:
        return {path: array.copy() for path, array in self.network.params().items()}

    def begin(self, callback: Callback) -> None:
        """A process begins the training, or goes on with it."""
        self._tell(lambda: callback.before(self))

    def go(self, callback: Callback, epochs: range) -> None:
        """Some epochs of two steps, as the loop calls them; every step moves the weights."""
        monitored = callback.spec.monitors()
        for epoch in epochs:
            loss = _LOSSES[epoch]
            for _ in range(2):
                self.step += 1
                for array in self.network.params().values():
                    array += 0.01 * self.step
                self._tell(lambda: callback.after_step(self, loss))  # noqa: B023
            record = {"epoch": epoch + 1, "step": self.step, "loss": loss, "learning_rate": 0.1}
            if monitored:
                record[monitored] = loss
            self.epoch = epoch + 1
            self.records.append(record)
            self._tell(lambda: callback.after_epoch(self, record))  # noqa: B023

    def end(self, callback: Callback) -> None:
        """The training is over."""
        self._tell(lambda: callback.after(self))

    def _tell(self, call: Callable[[], None]) -> None:
        before = self.weights()
        call()
        for path, array in self.network.params().items():
            if not np.array_equal(array, before[path]):
                self.written.append(path)


def check_callback(
    spec: CallbackSpec, *, expected: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Prove a callback in a training of eight epochs. Raises AssertionError with every fault."""
    return prove(spec, _CHECKS, expected=expected)


def _training(folder: Path | None) -> _Training:
    network = SequentialNetwork((2,))
    network.add({"type": "dense", "units": 1})
    return _Training(network, folder)


def _whole(spec: CallbackSpec, folder: Path | None = None) -> _Training:
    """A training that nothing interrupts."""
    training, callback = _training(folder), spec.build()
    training.begin(callback)
    training.go(callback, range(len(_LOSSES)))
    training.end(callback)
    return training


def _resumed(spec: CallbackSpec, folder: Path) -> _Training:
    """A training that breaks off after epoch 4 and is resumed from the checkpoint of epoch 3."""
    training, callback = _training(folder), spec.build()
    training.begin(callback)
    training.go(callback, range(3))
    pack(callback.state, "state", {})
    resumed, state = copy.deepcopy((training, callback.state))
    training.go(callback, range(3, 4))
    second = spec.build()
    second.state.clear()
    second.state.update(state)
    resumed.begin(second)
    resumed.go(second, range(3, len(_LOSSES)))
    resumed.end(second)
    return resumed


def _left(
    spec: CallbackSpec, train: Callable[[CallbackSpec, Path], _Training]
) -> tuple[_Training, dict[str, bytes]]:
    """A training in a folder, and the files that are there at its end."""
    with TemporaryDirectory() as folder:
        training = train(spec, Path(folder))
        files = (file for file in sorted(Path(folder).iterdir()) if file.is_file())
        return training, {file.name: file.read_bytes() for file in files}


def _hooks(spec: CallbackSpec) -> Iterator[str]:
    """Every moment of a training passes, with a folder and without; no array is written to, and no
    file that `files` does not name."""
    training, files = _left(spec, _whole)
    for path in dict.fromkeys([*_whole(spec).written, *training.written]):
        yield f"it writes into {path}: offer weights instead"
    for name in files:
        if not any(Path(name).match(pattern) for pattern in spec.files):
            yield f"it writes {name} into the run's folder: name it in files"


def _offers(spec: CallbackSpec) -> Iterator[str]:
    """Only a callback that says `restoring` offers weights."""
    if not spec.restoring() and any("offer" in done for done in _whole(spec).done):
        yield "it offers weights, and restoring() is False"


def _state(spec: CallbackSpec) -> Iterator[str]:
    """Its state fits into a checkpoint, and it goes on from it as if nothing had happened, in its files
    too, where they do not tell the time."""
    whole, files = _left(spec, _whole)
    resumed, others = _left(spec, _resumed)
    if whole.done != resumed.done:
        yield f"resumed after epoch 3 it does {resumed.done}, uninterrupted {whole.done}"
    again = _left(spec, _whole)[1]
    for name in sorted(files.keys() | others.keys()):
        if files.get(name) == again.get(name) != others.get(name):
            yield f"resumed after epoch 3 it leaves another {name} than uninterrupted"


def _fresh(spec: CallbackSpec) -> Iterator[str]:
    """Two running callbacks share nothing."""
    first, second = _whole(spec), _whole(spec)
    if first.done != second.done:
        yield f"the first does {first.done}, one that is built after it {second.done}"


_CHECKS: tuple[Check[CallbackSpec], ...] = (_hooks, _offers, _state, _fresh)
