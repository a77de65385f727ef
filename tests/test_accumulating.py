"""Several batches whose gradients make one step."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netspec import Adam, Data, Part, SequentialNetwork, SpecError, train
from netspec.plan import Plan
from netspec.runs import checkpoint
from netspec.training import Training

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(22, 5)), RNG.integers(0, 3, 22)
WEIGHTS = RNG.integers(0, 3, 22).astype(float)


def network(dropout: float = 0.0) -> SequentialNetwork:
    made = SequentialNetwork((5,), "cross_entropy", dtype="float64", seed=3)
    made.add({"type": "dense", "units": 6, "activation": "tanh"})
    made.add({"type": "dropout", "rate": dropout})
    made.add({"type": "dense", "units": 3, "activation": "softmax", "weight_regularizer": "l2"})
    return made


@pytest.mark.parametrize("optimizer", ["sgd", "adam", {"type": "sgd", "clip_global_norm": 0.1}])
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
def test_batches_together_step_as_one_large_batch_does(optimizer: Any, weights: Any) -> None:
    """22 samples: in batches of 8, or of 2, four to a step; the epoch's last step has fewer."""
    one, many = network(), network()
    common = {"epochs": 3, "optimizer": optimizer, "weights": weights}
    one.fit(X, Y, batch_size=8, **common)
    many.fit(X, Y, batch_size=2, accumulate=4, **common)
    for path, array in one.params().items():
        np.testing.assert_allclose(many.params()[path], array, rtol=1e-9, atol=1e-12)


def test_the_rate_is_by_steps_of_the_optimizer() -> None:
    """11 batches, 4 to a step, are 3 steps an epoch and 6 in all."""
    schedule = {"type": "cosine", "initial": 0.1, "per": "step"}
    optimizer = {"type": "sgd", "learning_rate": schedule}
    accumulated = network().fit(
        X, Y, epochs=2, batch_size=2, accumulate=4, optimizer=optimizer, shuffle=False
    )
    whole = network().fit(X, Y, epochs=2, batch_size=8, optimizer=optimizer, shuffle=False)
    assert [r["learning_rate"] for r in accumulated] == [r["learning_rate"] for r in whole]


def test_callbacks_look_at_steps_of_the_optimizer() -> None:
    """Model averaging over the 3 steps an epoch is the same, however many batches make them."""
    one, many = network(), network()
    averaging = {"type": "averaging", "decay": 0.7}
    common: Any = {"epochs": 2, "optimizer": "sgd", "callbacks": [averaging], "shuffle": False}
    one.fit(X, Y, batch_size=8, **common)
    many.fit(X, Y, batch_size=2, accumulate=4, **common)
    for path, array in one.params().items():
        np.testing.assert_allclose(many.params()[path], array, rtol=1e-9, atol=1e-12)


def test_the_rate_log_has_a_line_for_each_step_of_the_optimizer(tmp_path: Path) -> None:
    document = {
        "netspec": 1,
        "input_shape": [5],
        "layers": [{"type": "dense", "units": 3, "activation": "softmax"}],
        "loss": "cross_entropy",
        "training": {
            "data": "arrays",
            "optimizer": "sgd",
            "batch_size": 2,
            "accumulate": 4,
            "epochs": 2,
            "callbacks": ["rate_log"],
        },
    }
    train(document, out=tmp_path / "run", data=Data(Part(X, Y)))
    with (tmp_path / "run" / "rates.csv").open(newline="") as file:
        assert [row[0] for row in csv.reader(file)] == ["step", "4", "8", "11", "15", "19", "22"]


def started() -> Training:
    made = network(dropout=0.5)
    plan = Plan(optimizer=Adam(), epochs=3, batch_size=2, accumulate=4)
    return Training(made.objective(), plan, Part(X, Y, WEIGHTS))


def weights_after(training: Training, steps: Iterator[Any]) -> dict[str, bytes]:
    for _ in steps:
        pass
    return {path: array.tobytes() for path, array in training.network.params().items()}


@pytest.mark.parametrize("batches", [1, 2, 3, 4, 10, 17])
def test_a_training_goes_on_to_the_same_bits_from_between_any_two_batches(
    batches: int,
) -> None:
    whole = started()
    expected = weights_after(whole, whole.run())
    left = started()
    steps = left.run()
    while left.done < batches:
        next(steps)
    values, arrays = checkpoint.capture(left)
    kept = {name: array.copy() for name, array in arrays.items()}
    again = started()
    checkpoint.restore(again, checkpoint.Checkpoint({}, json.loads(json.dumps(values)), kept))
    assert weights_after(again, again.run()) == expected


def test_a_step_of_no_batch_is_refused() -> None:
    with pytest.raises(SpecError, match="accumulate is 0"):
        network().fit(X, Y, optimizer="sgd", accumulate=0)
