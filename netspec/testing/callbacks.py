"""What a callback promises, one check a promise, in a small training."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
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

from .common import COMMON
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

    def last_rate(self) -> float:
        return 0.1

    def stop(self, reason: str) -> None:
        self.done.append(f"epoch {self.epoch}: stop")

    def scale_rate(self, factor: float) -> None:
        self.done.append(f"epoch {self.epoch}: rate × {factor:.6g}")

    def offer(self, weights: Mapping[str, Array]) -> None:
        self.done.append(f"epoch {self.epoch}: offer of {sorted(weights)}")

    def better(self, key: str) -> Literal["higher", "lower"]:
        return "lower"

    def weights(self) -> dict[str, Array]:
        return {path: array.copy() for path, array in self.network.params().items()}

    def go(self, callback: Callback, epochs: range) -> None:
        """Some epochs of two steps, as the loop calls them."""
        key = callback.spec.monitors() or "val_loss"
        callback.before(self)
        for epoch in epochs:
            for _ in range(2):
                self.step += 1
                callback.after_step(self, _LOSSES[epoch])
            record = {"epoch": epoch + 1, "step": self.step, "loss": _LOSSES[epoch]}
            record |= {"learning_rate": 0.1, key: _LOSSES[epoch]}
            self.epoch = epoch + 1
            self.records.append(record)
            callback.after_epoch(self, record)


def check_callback(
    spec: CallbackSpec, *, expected: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Prove a callback in a training of eight epochs. Raises AssertionError with every fault."""
    what = f"{type(spec).__qualname__} (callback {spec.type})"
    return prove(what, (spec, (*COMMON, *_CHECKS)), expected=expected)


def _training() -> _Training:
    network = SequentialNetwork((2,))
    network.add({"type": "dense", "units": 1})
    return _Training(network)


def _hooks(spec: CallbackSpec) -> Iterator[str]:
    """Every moment of a training passes, with a folder and without; no array is written to."""
    with TemporaryDirectory() as folder:
        for where in (None, Path(folder)):
            training = _training()
            training.folder = where
            before = training.weights()
            callback = spec.build()
            training.go(callback, range(len(_LOSSES)))
            callback.after(training)
            for path, array in training.network.params().items():
                if not np.array_equal(array, before[path]):
                    yield f"it writes into {path}: offer weights instead"


def _offers(spec: CallbackSpec) -> Iterator[str]:
    """Only a callback that says `restoring` offers weights."""
    training = _training()
    callback = spec.build()
    training.go(callback, range(len(_LOSSES)))
    callback.after(training)
    if not spec.restoring() and any("offer" in done for done in training.done):
        yield "it offers weights, and restoring() is False"


def _state(spec: CallbackSpec) -> Iterator[str]:
    """Its state fits into a checkpoint, and it goes on from it as if nothing had happened."""
    whole, halves = _training(), _training()
    whole.go(spec.build(), range(len(_LOSSES)))
    first = spec.build()
    halves.go(first, range(3))
    pack(first.state, "state", {})
    second = spec.build()
    second.state.clear()
    second.state.update(copy.deepcopy(first.state))
    halves.go(second, range(3, len(_LOSSES)))
    if whole.done != halves.done:
        yield f"resumed after epoch 3 it does {halves.done}, uninterrupted {whole.done}"


def _fresh(spec: CallbackSpec) -> Iterator[str]:
    """Two running callbacks share nothing."""
    first, second = _training(), _training()
    first.go(spec.build(), range(len(_LOSSES)))
    second.go(spec.build(), range(len(_LOSSES)))
    if first.done != second.done:
        yield f"the first does {first.done}, one that is built after it {second.done}"


_CHECKS: tuple[Check[CallbackSpec], ...] = (_hooks, _offers, _state, _fresh)
