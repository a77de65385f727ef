"""The networks that are compared, as specs, and their data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from netspec import Data, Part, Registry

__all__ = ["Problem", "digits", "lecture", "tiny"]


@dataclass(frozen=True)
class Problem:
    """One network, its data, and how it is trained."""

    name: str
    sizes: tuple[int, ...]
    activation: str
    last: str
    loss: Any
    optimizer: dict[str, Any]
    batch_size: int
    data: Data

    def spec(self, epochs: int) -> dict[str, Any]:
        """The document; samples are visited in order, so that every rival sees the same batches."""
        layers: list[Any] = []
        for units in self.sizes[1:-1]:
            layers += [{"type": "dense", "units": units}, self.activation]
        layers += [{"type": "dense", "units": self.sizes[-1]}, self.last]
        return {
            "netspec": 1,
            "name": self.name,
            "input_shape": [self.sizes[0]],
            "layers": layers,
            "loss": self.loss,
            "seed": 1,
            "training": {
                "data": "arrays",
                "optimizer": self.optimizer,
                "batch_size": self.batch_size,
                "epochs": epochs,
                "shuffle": False,
                "metrics": ["accuracy"],
            },
        }


def _mnist(one_hot: bool) -> Data:
    """The real digits, as ready float32 arrays."""
    from netspec import Dataset

    kind = Registry.installed().find(Dataset, "mnist")  # type: ignore[type-abstract]
    opened = kind(flatten=True, one_hot=one_hot).open(Path())
    targets = np.asarray(opened.train.targets[:], np.float32 if one_hot else np.int64)
    return Data(Part(np.asarray(opened.train.inputs[:], np.float32), targets))


def lecture() -> Problem:
    """784-392-196-10, sigmoids, ½Σ(ŷ − y)², SGD in batches of ten: the lecture's network."""
    return Problem(
        "lecture",
        (784, 392, 196, 10),
        "sigmoid",
        "sigmoid",
        {"type": "mse", "reduction": "half_sum"},
        {"type": "sgd", "learning_rate": 1.0},
        10,
        _mnist(one_hot=True),
    )


def digits() -> Problem:
    """784-512-256-10, relu, softmax and cross-entropy, Adam in batches of 128."""
    return Problem(
        "digits",
        (784, 512, 256, 10),
        "relu",
        "softmax",
        "cross_entropy",
        {"type": "adam", "learning_rate": 0.001},
        128,
        _mnist(one_hot=False),
    )


def tiny() -> Problem:
    """20-32-32-2, tanh, Adam in batches of 32, on 10 000 made-up samples."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((10_000, 20)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] + 0.3 * x[:, 2] > 0).astype(np.int64)
    return Problem(
        "tiny",
        (20, 32, 32, 2),
        "tanh",
        "softmax",
        "cross_entropy",
        {"type": "adam", "learning_rate": 0.001},
        32,
        Data(Part(x, y)),
    )
