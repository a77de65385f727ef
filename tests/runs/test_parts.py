"""Which samples train and which validate: every class keeps its share where that is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec import Data, DataError, Part, read_spec
from netspec.runs import divide

LABELS = np.arange(40) % 4
SPEC = {
    "netspec": 1,
    "input_shape": [1],
    "layers": ["identity"],
    "loss": "mse",
    "training": {
        "data": "arrays",
        "optimizer": "sgd",
        "epochs": 1,
        "validation": {"share": 0.3, "stratified": True},
    },
}


def validated(targets: Any) -> Any:
    """The targets of the part that was set apart."""
    training = read_spec(SPEC).training
    assert training is not None
    x = np.arange(len(targets), dtype=float)[:, None]
    validation = divide(Data(Part(x, targets)), training, 0).validation
    assert validation is not None
    return np.asarray(validation.targets)


@pytest.mark.parametrize(
    "targets",
    [
        LABELS,
        LABELS[:, None],
        LABELS.astype(np.uint8),
        LABELS.astype(np.float32),
        np.eye(4)[LABELS],
        np.eye(4, dtype=bool)[LABELS],
    ],
    ids=["indices", "a column", "bytes", "floats", "one-hot", "booleans"],
)
def test_every_class_keeps_its_share(targets: Any) -> None:
    apart = validated(targets)
    classes = apart.argmax(axis=1) if apart.shape[1:] == (4,) else apart.ravel().astype(int)
    assert (np.bincount(classes) == 3).all()


@pytest.mark.parametrize(
    "targets",
    [
        LABELS.reshape(20, 2),
        LABELS + 0.5,
        np.random.default_rng(0).normal(size=(20, 3)),
        np.eye(4)[LABELS] + np.eye(4)[0],
        np.eye(4)[LABELS.reshape(20, 2)],
        LABELS.reshape(20, 2, 1),
        np.full(20, np.nan),
    ],
    ids=["tokens", "fractions", "numbers", "two classes", "one-hot tokens", "deep", "nan"],
)
def test_targets_that_are_not_one_class_a_sample_are_not_stratified(targets: Any) -> None:
    with pytest.raises(DataError, match="not one class a sample"):
        validated(targets)
