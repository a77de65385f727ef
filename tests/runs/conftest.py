"""A small training with all that a checkpoint must hold, and ways to look at what it left."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netspec import Run, train

OPTIMIZERS: dict[str, Any] = {
    "sgd": {"type": "sgd", "learning_rate": 0.1},
    "momentum": {"type": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True},
    "adam": {
        "type": "adam",
        "learning_rate": {
            "type": "warmup",
            "steps": 5,
            "then": {"type": "cosine", "initial": 0.01},
        },
    },
}


@dataclass(frozen=True)
class Trial:
    """A spec and the folder that it is trained in."""

    spec: dict[str, Any]
    folder: Path
    name: str = "run"
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def out(self) -> Path:
        """The folder of the run."""
        return self.folder / self.name

    def changed(self, **training: Any) -> Trial:
        """The same with other keys of "training"."""
        spec = {**self.spec, "training": {**self.spec["training"], **training}}
        return Trial(spec, self.folder, self.name, self.options)

    def called(self, name: str) -> Trial:
        """The same in another folder."""
        return Trial(self.spec, self.folder, name, self.options)

    def train(self, **options: Any) -> Run:
        """Train, or go on."""
        options = {"out": self.out, "data_root": self.folder, **self.options, **options}
        return train(self.spec, **options)

    def digest(self) -> str:
        """The digest of the weights, with state and probe, that the model names."""
        sha256: str = json.loads((self.out / "model.json").read_text())["weights"]["sha256"]
        return sha256

    def history(self) -> list[dict[str, Any]]:
        """Every line of the history."""
        return [json.loads(line) for line in (self.out / "history.jsonl").read_text().splitlines()]

    def step(self) -> int:
        """The step that the checkpoint stands at."""
        document = json.loads((self.out / "checkpoint" / "run.json").read_text())
        return int(document["values"]["step"])

    def contents(self) -> dict[str, bytes]:
        """Every file of the run by its name, but the lock's."""
        return {
            str(path.relative_to(self.out)): path.read_bytes()
            for path in sorted(self.out.rglob("*"))
            if path.is_file() and path.name != ".netspec.lock"
        }


@pytest.fixture
def trial(tmp_path: Path) -> Callable[..., Trial]:
    """Makes a trial of one optimizer; further options are keys of "training"."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 4))
    y = (x.sum(axis=1) > 0).astype(np.int64)
    np.savez(tmp_path / "data.npz", x_train=x, y_train=y, x_test=x[:20], y_test=y[:20])

    def make(optimizer: str = "adam", **training: Any) -> Trial:
        spec = {
            "netspec": 1,
            "name": "tiny",
            "input_shape": [4],
            "layers": [
                "normalization",
                {"type": "dense", "units": 6, "activation": "tanh"},
                "batch_norm",
                {"type": "dropout", "rate": 0.2},
                {"type": "dense", "units": 2, "activation": "softmax"},
            ],
            "loss": "cross_entropy",
            "seed": 11,
            "training": {
                "data": {"type": "npz", "path": "data.npz", "test": ["x_test", "y_test"]},
                "optimizer": OPTIMIZERS[optimizer],
                "batch_size": 10,
                "epochs": 4,
                "validation": 0.2,
                "metrics": ["accuracy"],
                "checkpoint_steps": 3,
                "callbacks": [
                    {"type": "early_stopping", "patience": 9},
                    {"type": "reduce_on_plateau", "patience": 0, "factor": 0.5, "monitor": "loss"},
                ],
                **training,
            },
        }
        return Trial(spec, tmp_path)

    return make
