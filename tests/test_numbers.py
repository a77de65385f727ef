"""Numbers that go wrong, and those that must not: divergence, weights, averages, dtypes, shapes."""

from __future__ import annotations

import json
import random
import warnings
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from netspec import (
    MAE,
    SGD,
    Activation,
    Adam,
    Callback,
    CallbackSpec,
    Data,
    DataError,
    DivergenceError,
    Loss,
    Metric,
    ModelError,
    NetspecWarning,
    Part,
    PluginError,
    Schedule,
    SequentialNetwork,
    SpecError,
    Tape,
    builtins,
    load,
    save,
    train,
)

RNG = np.random.default_rng(5)
X = RNG.normal(size=(9, 3))
Y = RNG.normal(size=(9, 2))
LABELS = np.arange(9) % 2


def dense(units: int = 2, loss: Any = "mse", **options: Any) -> SequentialNetwork:
    network = SequentialNetwork((3,), loss, seed=1, **options)
    network.add({"type": "dense", "units": 5, "activation": "tanh"})
    network.add({"type": "dense", "units": units})
    return network


def classifier(**options: Any) -> SequentialNetwork:
    network = dense(2, "cross_entropy", **options)
    network.add("softmax")
    return network


def identity(shape: tuple[int, ...] = (1,), loss: Any = "mse") -> SequentialNetwork:
    network = SequentialNetwork(shape, loss)
    network.add("identity")
    return network


def arrays(network: SequentialNetwork) -> dict[str, bytes]:
    return {path: a.tobytes() for path, a in {**network.params(), **network.state()}.items()}


class Offset(Metric):
    """A metric that gives what it is told to, epoch by epoch."""

    type: Literal["offset"] = "offset"
    better: ClassVar[Literal["higher", "lower"]] = "lower"
    script: ClassVar[list[float]] = []

    def observe(self, seen: Any, output: Any, target: Any, weight: Any) -> Any:
        return 1

    def value(self, seen: Any) -> float:
        return np.float32(self.script.pop(0))  # type: ignore[return-value]


class Poison(Activation):
    """An activation that gives NaN from the third call on."""

    type: Literal["poison"] = "poison"
    calls: ClassVar[list[int]] = [0]

    def forward(self, x: Any) -> Any:
        self.calls[0] += 1
        return x if self.calls[0] < 9 else x * np.float32(np.nan)

    def backward(self, grad: Any, x: Any, y: Any) -> Any:
        return grad


# Divergence.


@pytest.mark.parametrize("optimizer", ["sgd", {"type": "sgd", "momentum": 0.9}])
def test_a_divergence_names_epoch_batch_and_the_first_layer_that_broke(optimizer: Any) -> None:
    network = dense()
    written = {"type": optimizer} if isinstance(optimizer, str) else optimizer
    with pytest.raises(DivergenceError, match=r"epoch \d+, batch \d+ of 3.*dense_[12]") as caught:
        network.fit(
            X * 1e3, Y, epochs=50, batch_size=3, optimizer={**written, "learning_rate": 1e30}
        )
    assert caught.value.exit_code == 7


def test_a_step_that_is_not_finite_is_not_applied() -> None:
    network = dense()
    network.fit(X, Y, batch_size=9, optimizer="sgd")
    before = arrays(network)
    with pytest.raises(DivergenceError):
        network.fit(X, Y * 1e30, batch_size=9, optimizer="sgd")
    assert arrays(network) == before
    assert network.step == 1


def test_a_layer_of_a_plugin_that_gives_nan_is_named_with_who_made_it() -> None:
    Poison.calls[0] = 0
    network = SequentialNetwork((3,), "mse")
    network.add({"type": "dense", "units": 2})
    network.add(Poison())
    with pytest.raises(DivergenceError, match=r"poison_1 \(poison of .*its output is not finite"):
        network.fit(X, Y, epochs=9, batch_size=3, optimizer="sgd")


def test_a_finite_gradient_that_carries_a_weight_out_of_range_is_found_before_it_is_written(
    tmp_path: Path,
) -> None:
    """The weight of a dead unit: nothing that comes after notices that it is infinite."""
    spec = {
        "netspec": 1,
        "input_shape": [1],
        "layers": [
            {"type": "dense", "units": 1, "weight_init": "ones", "bias_init": "zeros"},
            "relu",
        ],
        "loss": {"type": "mse", "reduction": "half_sum"},
        "training": {
            "data": "arrays",
            "optimizer": {"type": "sgd", "learning_rate": 3e38},
            "epochs": 2,
            "batch_size": 1,
            "shuffle": False,
            "checkpoint_steps": 1,
        },
    }
    x = np.array([[1.0], [0.0]])
    y = np.array([[-1e5], [0.0]])
    with pytest.raises(DivergenceError, match=r"epoch 1, batch 1 of 2: dense_1\.\w+ is not finite"):
        train(spec, data=Data(Part(x, y)), out=tmp_path / "run")
    assert not (tmp_path / "run" / "model.json").exists()
    text = (tmp_path / "run" / "checkpoint" / "run.json").read_text()
    assert '"step": 0' in text


def test_a_network_that_is_not_finite_is_not_saved(tmp_path: Path) -> None:
    network = dense()
    network.params()["dense_2.bias"][...] = np.inf
    with pytest.raises(ModelError, match=r"dense_2\.bias"):
        save(network, tmp_path)


def test_numpys_own_warnings_are_as_before_whatever_ended_a_training() -> None:
    before = np.geterr()
    network = dense()

    def leave(training: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        network.fit(X, Y, optimizer="sgd", progress=leave)
    assert np.geterr() == before
    with pytest.raises(DivergenceError):
        network.fit(X, Y * 1e30, optimizer="sgd")
    assert np.geterr() == before


# The best weights.


@pytest.mark.parametrize("nan", [float("nan"), float("inf")])
def test_a_metric_that_is_nan_is_never_the_best(nan: float) -> None:
    Offset.script[:] = [nan, 3.0, nan, 2.0, nan, 5.0]
    network = dense()
    kept: list[Any] = []
    network.fit(
        X,
        Y,
        epochs=6,
        optimizer="sgd",
        metrics=[Offset()],
        callbacks=[{"type": "early_stopping", "monitor": "offset", "patience": 99}],
        progress=lambda t: kept.append(t.callbacks[0].state["epoch"]),
    )
    assert kept[-1] == 4


def test_where_every_value_is_nan_the_last_weights_are_kept_and_that_is_said() -> None:
    Offset.script[:] = [float("nan")] * 3
    network = dense()
    with pytest.warns(NetspecWarning, match="never better than None"):
        network.fit(
            X,
            Y,
            epochs=3,
            optimizer="sgd",
            metrics=[Offset()],
            callbacks=[{"type": "early_stopping", "monitor": "offset", "patience": 99}],
        )
    other = dense()
    other.fit(X, Y, epochs=3, optimizer="sgd")
    assert arrays(network) == arrays(other)


def test_a_metric_of_a_plugin_may_give_numpys_numbers(tmp_path: Path) -> None:
    Offset.script[:] = [0.5]
    network = dense()
    (record,) = network.fit(X, Y, optimizer="sgd", metrics=[Offset()])
    assert type(record["offset"]) is float


# Averages.


@pytest.mark.parametrize("batch_size", [1, 2, 4, 9])
def test_the_loss_of_an_epoch_is_weighted_by_samples(batch_size: int) -> None:
    """Frozen weights: the epoch's mean is that of all samples, however they were batched."""
    network = identity()
    y = np.array([1.0, 1, 1, 1, 1, 1, 1, 1, 10**0.5])
    (record,) = network.fit(np.zeros((9, 1)), y, batch_size=batch_size, optimizer="sgd")
    assert record["loss"] == pytest.approx(18 / 9, rel=1e-6)


@pytest.mark.parametrize("make", [dense, classifier])
def test_evaluate_does_not_depend_on_the_chunk(make: Any) -> None:
    network = make()
    y = Y if make is dense else LABELS
    metrics = ["rmse"] if make is dense else ["accuracy", "log_loss", "f1"]
    whole = network.evaluate(X, y, metrics=metrics)
    for chunk in (1, 2, 4):
        assert network.evaluate(X, y, metrics=metrics, chunk=chunk) == pytest.approx(
            whole, abs=1e-6
        )


def test_the_last_val_loss_is_what_evaluate_gives_to_the_bit(tmp_path: Path) -> None:
    network = classifier()
    x = RNG.normal(size=(3000, 3))
    labels = np.arange(3000) % 2
    records = network.fit(
        X, LABELS, epochs=3, optimizer="adam", validation=(x, labels), metrics=["accuracy"]
    )
    found = load(save(network, tmp_path)).evaluate(x, labels, metrics=["accuracy"])
    assert found == network.evaluate(x, labels, metrics=["accuracy"])
    assert records[-1]["val_loss"] == found["loss"]
    assert records[-1]["val_accuracy"] == found["accuracy"]


def test_with_one_batch_an_epoch_the_loss_is_what_evaluate_gave_before_it() -> None:
    network = dense()
    network.fit(X, Y, batch_size=9, shuffle=False, optimizer="sgd")
    before = network.evaluate(X, Y)["loss"]
    (record,) = network.fit(X, Y, batch_size=9, shuffle=False, optimizer="sgd")
    assert record["loss"] == pytest.approx(before, rel=1e-6)


def test_the_penalty_is_told_apart_from_the_loss() -> None:
    network = SequentialNetwork((3,), "mse")
    network.add(
        {"type": "dense", "units": 2, "weight_regularizer": {"type": "l2", "strength": 0.5}}
    )
    (record,) = network.fit(X, Y, batch_size=9, optimizer="sgd", validation=(X, Y))
    assert record["penalty"] > 0
    assert record["val_loss"] == network.evaluate(X, Y)["loss"]
    assert record["loss"] == pytest.approx(record["val_loss"], rel=0.05)


# Sample and class weights.


@settings(max_examples=40)
@given(
    weights=st.lists(st.integers(0, 3), min_size=9, max_size=9).filter(any),
    batch_size=st.integers(1, 9),
)
def test_a_whole_weight_is_that_many_samples(weights: list[int], batch_size: int) -> None:
    """Σwl/Σw over a batch: the gradient, the loss and what evaluate gives."""
    network, other = dense(dtype="float64"), dense(dtype="float64")
    whole = network.evaluate(X, Y, weights=weights)["loss"]
    repeated = np.repeat(np.arange(9), weights)
    assert whole == pytest.approx(other.evaluate(X[repeated], Y[repeated])["loss"], rel=1e-12)
    options: Any = {"optimizer": "sgd", "shuffle": False}
    (record,) = network.fit(X, Y, weights=weights, batch_size=9, **options)
    other.fit(X[repeated], Y[repeated], batch_size=len(repeated), **options)
    for path, array in network.params().items():
        np.testing.assert_allclose(array, other.params()[path], rtol=0, atol=1e-12)
    assert record["loss"] == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize(
    "optimizer", ["sgd", "adam", {"type": "sgd", "momentum": 0.9, "dampening": 0.5}]
)
def test_a_batch_of_weight_0_changes_nothing(optimizer: Any) -> None:
    """Not the weights, not the state, and not what the optimizer counts."""
    weights = np.array([0.0, 0, 0, 1, 2, 1])
    made = []
    for rows in (slice(0, 6), slice(3, 6)):
        network = SequentialNetwork((3,), "mse", seed=1)
        network.add({"type": "dense", "units": 4})
        network.add("batch_norm")
        network.add({"type": "dense", "units": 2})
        network.fit(
            X[rows],
            Y[rows],
            weights=weights[rows],
            batch_size=3,
            shuffle=False,
            optimizer=optimizer,
        )
        made.append(arrays(network))
    assert made[0] == made[1]


@pytest.mark.parametrize(
    "weights",
    [[0.0] * 9, [-1.0] + [1.0] * 8, [np.nan] + [1.0] * 8, [np.inf] + [1.0] * 8, [[1.0]] * 9, [1.0]],
)
def test_weights_that_weigh_nothing_or_less_are_refused(weights: Any) -> None:
    network = dense()
    for use in (
        lambda: network.fit(X, Y, weights=weights, optimizer="sgd"),
        lambda: network.evaluate(X, Y, weights=weights),
    ):
        with pytest.raises(DataError):
            use()


def test_class_weights_hold_in_loss_val_loss_and_evaluate_alike() -> None:
    weighted = {"type": "cross_entropy", "class_weights": [1.0, 3.0]}
    network = dense(2, weighted)
    network.add("softmax")
    by_sample = dense(2, "cross_entropy")
    by_sample.add("softmax")
    weights = np.where(LABELS == 1, 3.0, 1.0)
    options: Any = {"batch_size": 9, "shuffle": False, "optimizer": "sgd"}
    (record,) = network.fit(X, LABELS, validation=(X, LABELS), **options)
    (other,) = by_sample.fit(X, LABELS, weights=weights, **options)
    assert record["loss"] == pytest.approx(other["loss"], rel=1e-6)
    assert record["val_loss"] == network.evaluate(X, LABELS)["loss"]
    assert record["val_loss"] == pytest.approx(
        by_sample.evaluate(X, LABELS, weights=weights)["loss"], rel=1e-6
    )


# Shapes: nothing is broadcast.


def test_a_target_without_the_axis_of_one_is_reshaped() -> None:
    x = np.array([[1.0], [2.0], [3.0]])
    network = identity()
    assert network.evaluate(x, [1, 2, 3])["loss"] == 0
    assert network.evaluate(x, x)["loss"] == 0


@pytest.mark.parametrize("loss", builtins.netspec_losses())
@pytest.mark.parametrize("shape", [(3, 2), (1, 3), (3, 1, 1), (1, 1), (2, 1), ()])
def test_any_other_shape_is_refused(shape: tuple[int, ...], loss: str) -> None:
    """Whatever the loss, where the network learns and where it is judged."""
    network = SequentialNetwork((1,), loss)
    network.add("softmax" if network.loss.absorbs != "sigmoid" else "sigmoid")
    x = np.ones((3, 1))
    for use in (
        lambda: network.evaluate(x, np.ones(shape), metrics=["mae"]),
        lambda: network.fit(x, np.ones(shape), optimizer="sgd"),
        lambda: network.fit(x, x, validation=(x, np.ones(shape)), optimizer="sgd"),
    ):
        with pytest.raises(DataError):
            use()
    assert network.step == 0


class Wide(Loss):
    """A loss that broadcasts."""

    type: Literal["wide"] = "wide"

    def value(self, output: Any, target: Any) -> Any:
        return (output - target.T) ** 2

    def gradient(self, output: Any, target: Any) -> Any:
        return output - target


def test_a_loss_of_a_plugin_that_broadcasts_is_its_own_fault() -> None:
    network = SequentialNetwork((1,), Wide())
    network.add({"type": "dense", "units": 1})
    with pytest.raises(PluginError, match=r"\(3, 3\)"):
        network.fit(np.ones((3, 1)), np.ones(3), optimizer="sgd")


def test_accuracy_is_decided_by_the_shapes_alone() -> None:
    """One-hot or indices: guessing the first class of three is right in one case of three."""
    outputs = np.tile([0.4, 0.3, 0.3], (3, 1))
    network = identity((3,))
    for targets in (np.eye(3), np.arange(3)):
        found = network.evaluate(outputs, targets, metrics=["accuracy"])["accuracy"]
        assert found == pytest.approx(1 / 3)


def test_accuracy_where_a_sample_has_no_one_class_is_refused_before_the_first_step() -> None:
    network = identity((3, 2))
    x = np.ones((4, 3, 2))
    for use in (
        lambda: network.fit(x, x, optimizer="sgd", metrics=["accuracy"]),
        lambda: network.evaluate(x, x, metrics=["accuracy"]),
    ):
        with pytest.raises(SpecError, match="binary_accuracy"):
            use()
    assert network.step == 0


@pytest.mark.parametrize(
    ("loss", "tail", "right"),
    [
        ({"type": "cross_entropy", "logits": True}, "softmax", "logits"),
        ("cross_entropy", None, "softmax"),
        ({"type": "binary_cross_entropy", "logits": True}, "sigmoid", "logits"),
        ("binary_cross_entropy", None, "sigmoid"),
        ({"type": "focal", "logits": True}, "softmax", "logits"),
        ("focal", None, "softmax"),
        ("kl_divergence", None, "softmax"),
    ],
)
def test_a_loss_that_does_not_fit_the_tail_is_refused(loss: Any, tail: Any, right: str) -> None:
    network = dense(2, loss)
    if tail:
        network.add(tail)
    with pytest.raises(SpecError, match=right):
        network.fit(X, np.eye(2)[LABELS], optimizer="sgd")


@pytest.mark.parametrize("loss", ["cross_entropy", "focal", "kl_divergence"])
def test_a_perfect_prediction_costs_nothing_before_a_softmax(loss: str) -> None:
    """A second softmax inside the loss would leave a floor of 0.55."""
    network = SequentialNetwork((3,), loss)
    network.add("softmax")
    assert network.evaluate(np.eye(3) * 200, np.eye(3))["loss"] == 0


# dtypes.


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["f8", "f4", "f2", "i8", "u1", "?"])
def test_nothing_leaves_the_dtype_of_the_spec(
    dtype: Any, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parameters, state, slots, gradients, what a layer leaves for backward, outputs."""
    loss = {"type": "cross_entropy", "class_weights": [1.0, 0.3], "label_smoothing": 0.1}
    network = SequentialNetwork((3,), loss, dtype=dtype)
    network.add("normalization")
    network.add({"type": "dense", "units": 4, "activation": "gelu"})
    network.add("batch_norm")
    network.add({"type": "dropout", "rate": 0.5})
    network.add({"type": "residual", "layers": [{"type": "dense", "units": 4}]})
    network.add({"type": "dense", "units": 2, "activation": "softmax"})
    seen: list[Any] = []
    save_on_tape, pull = Tape.save, network.pull

    def saving(tape: Tape, layer: Any, *values: Any) -> None:
        seen.extend(v.dtype for v in values if isinstance(v, np.ndarray) and v.dtype.kind == "f")
        save_on_tape(tape, layer, *values)

    def pulling(grad: Any, *arguments: Any) -> Any:
        passed, gradients = pull(grad, *arguments)
        seen.extend(np.asarray(each).dtype for each in (grad, *gradients.values()))
        return passed, gradients

    monkeypatch.setattr(Tape, "save", saving)
    monkeypatch.setattr(network, "pull", pulling)

    def look(training: Any) -> None:
        slots = training.updater.slots()
        seen.extend(a.dtype for a in (*network.params().values(), *slots.values()))
        seen.extend(output.dtype for output, _, _ in training.tally.state()["waiting"])
        seen.extend(a.dtype for a in network.state().values() if a.dtype.kind == "f")

    x = (X * 3).astype(kind)
    network.fit(
        x,
        LABELS,
        weights=np.arange(1, 10),
        batch_size=3,
        optimizer={"type": "adam", "learning_rate": 1e-2},
        metrics=["accuracy"],
        progress=look,
    )
    assert set(seen) == {np.dtype(dtype)}
    assert len(seen) > 100
    assert network.predict(x).dtype == dtype


def test_a_rate_that_is_numpys_counts_as_the_number_that_it_is() -> None:
    optimizer = SGD(learning_rate=np.float64(0.1), momentum=np.float32(0.5))
    assert type(optimizer.learning_rate) is float
    network, other = dense(), dense()
    network.fit(X, Y, optimizer=optimizer)
    other.fit(X, Y, optimizer={"type": "sgd", "learning_rate": 0.1, "momentum": 0.5})
    assert arrays(network) == arrays(other)
    assert {a.dtype for a in network.params().values()} == {np.dtype("float32")}


class Numpys(Schedule):
    """A schedule of a plugin that computes with numpy, whose scalars are float64."""

    type: Literal["numpys"] = "numpys"

    def rate(self, clock: Any) -> float:
        return 0.1 / np.sqrt(np.float64(clock.step + 1))  # type: ignore[no-any-return]


class Plain(Numpys):
    """The same in Python's numbers."""

    type: Literal["plain"] = "plain"  # type: ignore[assignment]

    def rate(self, clock: Any) -> float:
        return float(0.1 / np.sqrt(clock.step + 1))


@pytest.mark.parametrize("optimizer", [SGD, Adam])
def test_a_rate_of_a_schedule_s_numpy_counts_as_the_number_that_it_is(optimizer: Any) -> None:
    networks, histories = [dense(), dense()], []
    for network, schedule in zip(networks, (Numpys(), Plain()), strict=True):
        rate = optimizer(learning_rate=schedule)
        histories.append(network.fit(X, Y, epochs=2, batch_size=2, optimizer=rate))
    assert arrays(networks[0]) == arrays(networks[1])
    assert json.dumps(histories[0]) == json.dumps(histories[1])


def test_two_networks_share_an_optimizer_s_spec_and_neither_its_slots_nor_its_count() -> None:
    spec = Adam(learning_rate=0.1)
    alone, first, second = dense(), dense(), dense()
    for network in (first, second):
        network.fit(X, Y, epochs=2, optimizer=spec)
    alone.fit(X, Y, epochs=2, optimizer={"type": "adam", "learning_rate": 0.1})
    assert arrays(first) == arrays(second) == arrays(alone)


# What is refused before the first step.


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["input", "target", "validation"])
def test_data_that_are_not_finite_are_refused_with_row_and_column(bad: float, where: str) -> None:
    x, y = X.copy(), Y.copy()
    (y if where == "target" else x)[7, 1] = bad
    network = dense()
    before = arrays(network)
    validation = (x, y) if where == "validation" else (X, Y)
    train_on = (X, Y) if where == "validation" else (x, y)
    with pytest.raises(DataError, match="row 7, column 1"):
        network.fit(*train_on, validation=validation, optimizer="sgd")
    assert arrays(network) == before


def test_a_number_that_float32_cannot_hold_is_refused_with_its_place() -> None:
    x = X.copy()
    x[2, 0] = 1e300
    with pytest.raises(DataError, match=r"1e\+300 in row 2, column 0.*float32"):
        dense().fit(x, Y, optimizer="sgd")
    dense(dtype="float64").fit(x / 1e290, Y, optimizer={"type": "sgd", "learning_rate": 1e-30})


@pytest.mark.parametrize(
    ("monitor", "right"),
    [
        ("val_acc", "val_accuracy"),
        ("los", "loss"),
        ("val_loss", "no validation"),
        ("val_confusion_matrix", "is a list, which cannot be monitored.*val_accuracy"),
        ("confusion_matrix", "is a list, which cannot be monitored.*accuracy"),
        ("", None),
    ],
)
def test_a_monitor_that_will_not_exist_is_refused_with_those_that_will(
    monitor: str, right: str | None
) -> None:
    network = classifier()
    validation = None if monitor == "val_loss" else (X, LABELS)
    callbacks = [{"type": "early_stopping", "monitor": monitor}] if monitor else []
    options: Any = {
        "metrics": ["accuracy", "confusion_matrix"],
        "callbacks": callbacks,
        "validation": validation,
    }
    if right is None:
        network.fit(X, LABELS, optimizer="sgd", **options)
        return
    with pytest.raises(SpecError, match=right) as caught:
        network.fit(X, LABELS, optimizer="sgd", **options)
    assert caught.value.exit_code == 3
    assert network.step == 0


@pytest.mark.parametrize("count", [0, 1, 2])
def test_no_data_are_refused_and_one_sample_is_enough(count: int) -> None:
    network = dense()
    x, y = X[:count], Y[:count]
    if count:
        network.fit(x, y, optimizer="sgd")
        assert np.isfinite(network.evaluate(x, y)["loss"])
        return
    for use in (lambda: network.fit(x, y, optimizer="sgd"), lambda: network.evaluate(x, y)):
        with pytest.raises(DataError, match="at least one"):
            use()


def test_fewer_classes_than_outputs_are_no_fault() -> None:
    network = dense(5, "cross_entropy")
    network.add("softmax")
    network.fit(X, LABELS, optimizer="sgd", metrics=["accuracy", "f1", "confusion_matrix"])


# Layers that have stopped.


def test_a_dead_layer_is_named_once_with_its_share_and_training_goes_on() -> None:
    network = SequentialNetwork((3,), "cross_entropy")
    network.add({"type": "dense", "units": 8, "bias_init": {"type": "constant", "value": -99.0}})
    network.add("relu")
    network.add({"type": "dense", "units": 2, "activation": "softmax"})
    with pytest.warns(NetspecWarning, match="relu_1: 100% of its units") as caught:
        records = network.fit(X, LABELS, epochs=3, optimizer="sgd")
    assert len(caught) == 1
    assert records[0]["dead"] == {"relu_1": 1.0}
    with warnings.catch_warnings():
        warnings.simplefilter("error", NetspecWarning)
        network.fit(X, LABELS, optimizer="sgd")


def test_a_saturated_layer_inside_a_composite_is_named_too() -> None:
    network = SequentialNetwork((3,), "mse")
    inner = [
        {"type": "dense", "units": 3, "bias_init": {"type": "constant", "value": 60.0}},
        "sigmoid",
    ]
    network.add({"type": "residual", "layers": inner})
    with pytest.warns(NetspecWarning, match=r"residual_1\.sigmoid_1"):
        network.fit(X, X, optimizer="sgd")


def test_a_softmax_that_is_sure_is_not_a_dead_layer() -> None:
    network = SequentialNetwork((2,), "cross_entropy")
    network.add({"type": "dense", "units": 2, "weight_init": "identity", "bias_init": "zeros"})
    network.add("softmax")
    network.fit(np.eye(2)[LABELS] * 500, LABELS, optimizer="sgd")


# What belongs to the caller.


def test_the_callers_arrays_and_generators_are_neither_changed_nor_read(tmp_path: Path) -> None:
    x, y, weights = X.astype("f4"), Y.astype("f4"), np.ones(9, "f4")
    before = [a.tobytes() for a in (x, y, weights)]
    np.random.seed(3)  # noqa: NPY002
    random.seed(3)
    states = str(np.random.get_state()), random.getstate()  # noqa: NPY002
    network = dense()
    network.insert_before(network["dense_1"], {"type": "dropout", "rate": 0.5})
    network.fit(x, y, weights=weights, validation=(x, y), batch_size=9, optimizer="adam", epochs=2)
    network.predict(x)
    network.evaluate(x, y, weights=weights)
    load(save(network, tmp_path))
    assert [a.tobytes() for a in (x, y, weights)] == before
    assert (str(np.random.get_state()), random.getstate()) == states  # noqa: NPY002


def test_read_only_and_mapped_arrays_give_what_others_give(tmp_path: Path) -> None:
    made = []
    for kind in ("plain", "read-only", "mapped"):
        x, y = X.astype("f4"), Y.astype("f4")
        if kind == "read-only":
            x.flags.writeable = y.flags.writeable = False
        if kind == "mapped":
            np.save(tmp_path / "x.npy", x)
            np.save(tmp_path / "y.npy", y)
            x, y = (np.load(tmp_path / name, mmap_mode="r") for name in ("x.npy", "y.npy"))
        network = dense()
        network.fit(x, y, batch_size=4, optimizer="adam", validation=(x, y))
        made.append((arrays(network), network.predict(x).tobytes()))
    assert made[0] == made[1] == made[2]


def test_what_predict_gives_is_the_callers_own() -> None:
    x = X.astype("f4")
    network = identity((3,))
    for rows in (x, x[:0], np.tile(x, (200, 1))):
        y = network.predict(rows)
        assert not np.may_share_memory(y, rows)
        y[...] = 0
    assert x.any()


# A loss of one's own.


@pytest.mark.parametrize("loss", ["mae", {"type": "mae"}, MAE()])
def test_the_loss_that_was_given_is_the_one_that_is_used(loss: Any, tmp_path: Path) -> None:
    network = identity(loss=loss)
    assert network.evaluate([[1.0], [2.0]], [2, 4])["loss"] == pytest.approx(1.5)
    assert "loss: mae" in str(network)
    assert '"mae"' in (save(network, tmp_path) / "model.json").read_text()


def test_a_loss_of_no_plugin_is_refused_where_it_is_saved(tmp_path: Path) -> None:
    with pytest.raises(PluginError):
        save(SequentialNetwork((1,), Wide()), tmp_path)


@pytest.mark.parametrize(("loss", "right"), [("mes", "mse"), (3, "loss"), (["mse"], "loss")])
def test_what_is_no_loss_is_refused_at_once(loss: Any, right: str) -> None:
    with pytest.raises(SpecError, match=right):
        SequentialNetwork((1,), loss)


def test_a_network_without_a_loss_predicts_and_says_so_where_it_trains() -> None:
    network = identity(loss=None)
    assert network.predict([[1.0]]).shape == (1, 1)
    with pytest.raises(SpecError, match="no loss"):
        network.evaluate([[1.0]], [1.0])


class Averaging(CallbackSpec):
    """A callback of a plugin that offers the mean of all weights."""

    type: Literal["averaging"] = "averaging"
    every: int = Field(1, gt=0)

    def restoring(self) -> bool:
        return True

    def build(self) -> Callback[Any]:
        return _Averaging(self)


class _Averaging(Callback[Averaging]):
    def __init__(self, spec: Averaging) -> None:
        super().__init__(spec)
        self.state = {"count": 0, "sums": {}}

    def after_epoch(self, training: Any, record: Any) -> None:
        self.state["count"] += 1
        sums = self.state["sums"]
        for path, array in training.weights().items():
            sums[path] = sums[path] + array if path in sums else array
        training.offer({path: total / self.state["count"] for path, total in sums.items()})


def test_two_callbacks_that_choose_the_final_weights_are_refused() -> None:
    early = {"type": "early_stopping", "monitor": "loss"}
    with pytest.raises(SpecError, match="both choose"):
        dense().fit(X, Y, optimizer="sgd", callbacks=[Averaging(), early])


def test_what_a_callback_offers_last_becomes_the_network() -> None:
    network, other = dense(), dense()
    seen: list[Any] = []
    other.fit(
        X,
        Y,
        epochs=2,
        optimizer="sgd",
        progress=lambda t: seen.append(t.weights()) if t.position == 0 else None,
    )
    network.fit(X, Y, epochs=2, optimizer="sgd", callbacks=[Averaging()])
    for path, array in network.params().items():
        np.testing.assert_array_equal(array, (seen[0][path] + seen[1][path]) / 2)
