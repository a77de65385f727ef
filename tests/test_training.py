"""The loop: what a step does, how often, and in which order."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netspec import DataError, SequentialNetwork, SpecError, builtins


def _lecture() -> Any:
    path = Path(__file__).with_name("oracle") / "lecture.py"
    spec = importlib.util.spec_from_file_location("lecture", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["lecture"] = module
    spec.loader.exec_module(module)
    return module


lecture = _lecture()


def digits(count: int) -> tuple[Any, Any]:
    """Pictures that look like digits to a network: ten patterns and noise, with one-hot targets."""
    rng = np.random.default_rng(3)
    patterns = rng.random((10, 784)) * (rng.random((10, 784)) < 0.2)
    labels = rng.integers(0, 10, count)
    x = np.clip(patterns[labels] + 0.1 * rng.standard_normal((count, 784)), 0, 1)
    return x, np.eye(10)[labels]


def of_sigmoids(sizes: tuple[int, ...], seed: int = 0, dtype: Any = "float64") -> SequentialNetwork:
    loss = {"type": "mse", "reduction": "half_sum"}
    network = SequentialNetwork(sizes[:1], loss, seed=seed, dtype=dtype)
    normal = {"type": "normal", "std": 0.5}
    for units in sizes[1:]:
        network.add(
            {
                "type": "dense",
                "units": units,
                "activation": "sigmoid",
                "weight_init": normal,
                "bias_init": normal,
            }
        )
    return network


def columns(network: SequentialNetwork) -> tuple[list[Any], list[Any]]:
    """Copies of weights and biases as the lecture has them."""
    arrays = list(network.params().values())
    return [w.copy() for w in arrays[0::2]], [b.reshape(-1, 1).copy() for b in arrays[1::2]]


def test_it_is_the_lectures_algorithm() -> None:
    """784-392-196-10, batches of 10, rate 3: after a thousand samples the weights are the same to
    1e-10, and have learned. (At this rate a difference in the last bit grows; it came to 4e-14.)"""
    x, y = digits(1000)
    network = of_sigmoids((784, 392, 196, 10))
    weights, biases = columns(network)
    (record,) = network.fit(
        x,
        y,
        batch_size=10,
        shuffle=False,
        optimizer={"type": "sgd", "learning_rate": 3.0},
    )
    cost = lecture.train(weights, biases, x, y, 10, 3.0)
    for ours, theirs in zip(columns(network), (weights, biases), strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-10)
    assert record["loss"] == pytest.approx(cost, abs=1e-10)
    assert network.evaluate(x, y, metrics=["accuracy"])["accuracy"] > 0.2


@settings(max_examples=25)
@given(
    sizes=st.lists(st.integers(1, 6), min_size=2, max_size=5),
    count=st.integers(1, 12),
    batch=st.integers(1, 12),
    rate=st.floats(0.01, 5.0),
)
def test_so_it_is_for_any_sizes_with_a_short_last_batch(
    sizes: list[int], count: int, batch: int, rate: float
) -> None:
    rng = np.random.default_rng(count)
    x, y = rng.random((count, sizes[0])), rng.random((count, sizes[-1]))
    network = of_sigmoids(tuple(sizes))
    weights, biases = columns(network)
    (record,) = network.fit(
        x, y, batch_size=batch, shuffle=False, optimizer={"type": "sgd", "learning_rate": rate}
    )
    cost = lecture.train(weights, biases, x, y, batch, rate)
    for a, b in zip(columns(network)[0], weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)
    assert record["loss"] == pytest.approx(cost, rel=1e-12)


def small(**options: Any) -> SequentialNetwork:
    network = SequentialNetwork((3,), "mse", **options)
    network.add({"type": "dense", "units": 2})
    return network


OPTIMIZERS = [
    *sorted(builtins.netspec_optimizers()),
    {"type": "sgd", "momentum": 0.9},
    {"type": "adam", "learning_rate": {"type": "cosine", "initial": 0.1}},
]
X = np.random.default_rng(0).normal(size=(9, 3))
Y = np.random.default_rng(1).normal(size=(9, 2))


def test_every_epoch_has_another_order_that_the_seed_and_the_epoch_decide() -> None:
    def orders(seed: int) -> list[Any]:
        found: list[Any] = []
        network = small(seed=seed)
        for _ in range(2):
            network.fit(
                X,
                Y,
                epochs=2,
                batch_size=9,
                optimizer="sgd",
                progress=lambda t: found.append(None if t._order is None else t._order.tolist()),
            )
        return [order for order in found if order is not None]

    first = orders(1)
    assert len(first) == 4
    assert len({tuple(order) for order in first}) == 4
    assert all(sorted(order) == list(range(9)) for order in first)
    assert orders(1) == first
    assert orders(2) != first


def test_epochs_steps_and_history_are_numbered_on() -> None:
    network = small()
    assert len(network.fit(X, Y, epochs=2, batch_size=4, optimizer="sgd")) == 2
    records = network.fit(X, Y, epochs=3, batch_size=4, optimizer="adam")
    assert [record["epoch"] for record in records] == [3, 4, 5]
    assert [record["epoch"] for record in network.history] == [1, 2, 3, 4, 5]
    assert [record["step"] for record in network.history] == [3, 6, 9, 12, 15]
    assert (network.epoch, network.step) == (5, 15)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_second_fit_begins_the_optimizer_anew(optimizer: Any) -> None:
    network, again = small(), small()
    network.fit(X, Y, epochs=3, batch_size=4, optimizer=optimizer, shuffle=False)
    for path, array in again.params().items():
        array[...] = network.params()[path]
    for each in (network, again):
        each.fit(X, Y, epochs=2, batch_size=4, optimizer=optimizer, shuffle=False)
    for path, array in again.params().items():
        assert array.tobytes() == network.params()[path].tobytes()


def test_no_epochs_only_adapt() -> None:
    network = SequentialNetwork((3,), "mse")
    network.add("normalization")
    network.add({"type": "dense", "units": 2})
    before = network["dense_1"].params["weight"].copy()
    assert network.fit(X, Y, epochs=0, optimizer="sgd") == []
    assert network["normalization_1"].state["adapted"]
    assert (network["dense_1"].params["weight"] == before).all()
    assert network.epoch == network.step == 0


@pytest.mark.parametrize(("epochs", "batch_size"), [(-1, 2), (1, 0), (1, -3)])
def test_counts_that_are_none_are_refused(epochs: int, batch_size: int) -> None:
    with pytest.raises(SpecError, match="at least"):
        small().fit(X, Y, epochs=epochs, batch_size=batch_size, optimizer="sgd")


@pytest.mark.parametrize("batch_size", [1, 2, 4, 9, 100])
def test_a_batch_that_is_larger_than_the_data_is_all_of_them(batch_size: int) -> None:
    network = small()
    network.fit(X, Y, batch_size=batch_size, optimizer="sgd")
    assert network.step == -(-9 // batch_size)


def test_several_batches_that_make_one_step_move_as_one_large_batch_does() -> None:
    large, gathered = small(dtype="float64"), small(dtype="float64")
    large.fit(X[:8], Y[:8], batch_size=4, optimizer="adam", shuffle=False)
    gathered.fit(X[:8], Y[:8], batch_size=2, accumulate=2, optimizer="adam", shuffle=False)
    for path, array in large.params().items():
        np.testing.assert_allclose(gathered.params()[path], array, rtol=0, atol=1e-15)


def with_batch_norm() -> SequentialNetwork:
    network = SequentialNetwork((3,), "mse")
    network.add({"type": "residual", "layers": ["batch_norm"]})
    network.add({"type": "dense", "units": 2})
    return network


@pytest.mark.parametrize(
    ("count", "batch_size", "right"),
    [(9, 4, "batch_size of 5 works"), (9, 1, "batch_size of 2|batch_size of 3"), (1, 4, "more")],
)
def test_a_batch_that_is_too_small_for_a_layer_is_refused_before_the_first_step(
    count: int, batch_size: int, right: str
) -> None:
    network = with_batch_norm()
    with pytest.raises(DataError, match=f"residual_1.*{right}"):
        network.fit(X[:count], Y[:count], batch_size=batch_size, optimizer="sgd")
    assert network.step == 0


@settings(max_examples=60)
@given(count=st.integers(2, 40), batch_size=st.integers(1, 40))
def test_the_size_that_the_message_names_does_work(count: int, batch_size: int) -> None:
    x, y = np.resize(X, (count, 3)), np.resize(Y, (count, 2))
    try:
        with_batch_norm().fit(x, y, batch_size=batch_size, optimizer="sgd")
    except DataError as error:
        words = str(error).split("batch_size of ")
        named = int(words[1].split()[0])
        with_batch_norm().fit(x, y, batch_size=named, optimizer="sgd")
    else:
        assert min(count, batch_size) > 1
        assert count % batch_size != 1


def test_validation_and_prediction_take_a_single_sample_with_batch_normalisation() -> None:
    network = with_batch_norm()
    (record,) = network.fit(X[:8], Y[:8], batch_size=4, optimizer="sgd", validation=(X[8:], Y[8:]))
    assert np.isfinite(record["val_loss"])
    assert network.predict(X[:1]).shape == (1, 2)


def test_frozen_layers_keep_every_bit_whatever_the_optimizer_decays() -> None:
    network = SequentialNetwork((3,), "mse")
    network.add({"type": "dense", "units": 4, "trainable": False})
    network.add(
        {"type": "sequential", "layers": [{"type": "dense", "units": 4}], "trainable": False}
    )
    network.add({"type": "dense", "units": 2})
    before = {path: array.copy() for path, array in network.params().items()}
    network.fit(X, Y, optimizer={"type": "sgd", "learning_rate": 0.1, "weight_decay": 0.1})
    changed = {path for path, array in network.params().items() if (array != before[path]).any()}
    assert changed == {"dense_2.weight", "dense_2.bias"}
