"""A first spec: a network that fits its data, complete enough to be trained at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeGuard

import numpy as np

from netspec.assemble import build, check, plan_of
from netspec.casting import check_data
from netspec.document import Document
from netspec.formatting import formatted
from netspec.kinds import Data
from netspec.model import ModelSpec
from netspec.reading import read_spec
from netspec.training import Training

__all__ = ["TASKS", "Task", "Wishes", "first_spec", "is_task", "open_data", "seen"]

Task = Literal["class", "yes-no", "number"]
TASKS: dict[Task, tuple[str | None, str, str]] = {
    "class": ("softmax", "cross_entropy", "accuracy"),
    "yes-no": ("sigmoid", "binary_cross_entropy", "binary_accuracy"),
    "number": (None, "mse", "rmse"),
}
"""What is to be said of a sample: the last activation, the loss and the metric that go with it."""


def is_task(text: str) -> TypeGuard[Task]:
    """Whether this is one of the tasks."""
    return text in TASKS


@dataclass(frozen=True)
class Wishes:
    """What an author says of a network; `data` is the dataset as a document writes it."""

    name: str
    data: Any
    task: Task
    input_shape: tuple[int, ...]
    outputs: int
    hidden: tuple[int, ...] = (32,)
    activation: str = "relu"
    epochs: int = 10


def first_spec(wishes: Wishes, data: Data | None = None) -> str:
    """The text of the spec, in the canonical form. Raises SpecError where it would not be right, and
    DataError where the data do not fit it."""
    last, loss, metric = TASKS[wishes.task]
    layers: list[Any] = []
    if isinstance(wishes.data, Mapping) and wishes.data.get("type") == "csv":
        layers.append("normalization")
    if len(wishes.input_shape) > 1:
        layers.append("flatten")
    dense = {"type": "dense", "activation": wishes.activation}
    layers.extend({**dense, "units": units} for units in wishes.hidden)
    layers.append({"type": "dense", "units": wishes.outputs, "activation": last})
    document = {
        "netspec": 1,
        "name": wishes.name,
        "input_shape": list(wishes.input_shape),
        "layers": layers,
        "loss": loss,
        "training": {
            "data": wishes.data,
            "optimizer": "adam",
            "epochs": wishes.epochs,
            "metrics": [metric],
        },
    }
    spec = read_spec(document)
    check(spec)
    if data is not None:
        _check_data(spec, data)
    return formatted(Document(document))


def _check_data(spec: ModelSpec, data: Data) -> None:
    """Everything that a training looks at before its first step, and the test part after its last."""
    network = build(spec)
    assert spec.training is not None
    plan = plan_of(spec.training)
    for part in (data.validation, data.test):
        Training(network.objective(), plan, data.train, part)


def open_data(data: Any, root: Path) -> Data:
    """What a dataset, as a document writes it, holds. Raises SpecError or DataError."""
    training = {"data": data, "optimizer": "adam", "epochs": 0}
    spec = read_spec({"netspec": 1, "input_shape": [1], "layers": [], "training": training})
    assert spec.training is not None
    data = spec.training.data.open(root)
    check_data(data)
    return data


def seen(data: Data) -> tuple[Task, tuple[int, ...], int]:
    """The task, the input's shape and the number of outputs that data ask for."""
    shape = tuple(int(axis) for axis in data.train.inputs.shape[1:])
    targets = data.train.targets
    if np.dtype(targets.dtype).kind in "iu" or data.classes:
        count = len(data.classes) or int(np.max(targets[np.arange(len(targets))])) + 1
        return "class", shape, count
    return "number", shape, math.prod(targets.shape[1:])
