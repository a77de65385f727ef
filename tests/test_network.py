"""The network: what it is given, what it gives, and what an interruption leaves of it."""

from __future__ import annotations

import copy
import os
import pickle
import signal
from math import prod
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from netspec import (
    MAE,
    MSE,
    Array,
    Chain,
    Composite,
    DataError,
    Dense,
    Flatten,
    Gradients,
    LayerSpec,
    LimitError,
    Many,
    Normalization,
    ReLU,
    SequentialNetwork,
    Site,
    SpecError,
    Tape,
    build,
    load,
    read_spec,
    save,
)
from netspec.assemble import check

X = np.random.default_rng(0).normal(size=(10, 4))
Y = np.arange(10) % 3


def network(seed: int = 0) -> SequentialNetwork:
    made = SequentialNetwork((4,), "cross_entropy", seed=seed)
    made.add({"type": "dense", "units": 6, "activation": "relu"})
    made.add({"type": "dense", "units": 3, "activation": "softmax"})
    return made


def weights(made: SequentialNetwork) -> dict[str, bytes]:
    return {path: array.tobytes() for path, array in made.params().items()}


class Aside(LayerSpec):
    """y = x in evaluation, where its layers are left out."""

    type: Literal["aside"] = "aside"
    layers: Many[LayerSpec] = ()

    def build(self, site: Site) -> AsideLayer:
        return AsideLayer(self, site)


class AsideLayer(Composite[Aside]):
    def __init__(self, spec: Aside, site: Site) -> None:
        super().__init__(spec, site)
        self.inner = Chain.inside(site, spec.layers)
        self.hold(self.inner)

    def forward(self, x: Array, tape: Tape) -> Array:
        return self.inner.forward(x, tape) if tape.training else x

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        return self.inner.pull(grad, tape)


@pytest.mark.parametrize("before", [[], [ReLU()]])
def test_a_layer_that_no_sample_reaches_cannot_adapt_and_is_named(before: list[Any]) -> None:
    made = SequentialNetwork((4,), "mse")
    made.extend([Aside(layers=(*before, Normalization())), Dense(units=1)])
    with pytest.raises(SpecError, match=r"no sample reaches aside_1\.normalization_1"):
        made.fit(X, X[:, :1], optimizer="sgd")


@pytest.mark.parametrize("shape", [(0,), (-1,), (2, 0), "four", (1.5, "x"), None])
def test_an_input_shape_that_is_none_is_refused(shape: Any) -> None:
    with pytest.raises(SpecError, match="input_shape"):
        SequentialNetwork(shape)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"dtype": "float16"}, '"dtype" is "float16".*"float32" or "float64"'),
        ({"dtype": "str"}, '"dtype" is "str"'),
        ({"input_dtype": "complex64"}, '"input_dtype" is "complex64"'),
        ({"seed": -1}, '"seed" is -1.*at least 0'),
        ({"seed": 2**64}, '"seed" is .*below'),
        ({"seed": "a"}, '"seed" is "a".*a whole number'),
    ],
)
def test_what_no_document_could_say_is_refused(wrong: Any, said: str) -> None:
    """Or the network would be saved, and could not be loaded."""
    with pytest.raises(SpecError, match=said):
        SequentialNetwork((4,), **wrong)


def test_numbers_and_dtypes_of_numpy_are_taken_as_their_own() -> None:
    made = SequentialNetwork(
        np.array([4]),  # type: ignore[arg-type]
        dtype=np.float64,  # type: ignore[arg-type]
        input_dtype=np.dtype("int32"),  # type: ignore[arg-type]
        seed=np.int64(3),  # type: ignore[arg-type]
    )
    assert (made.input_shape, made.seed) == ((4,), 3)
    assert (made.dtype, made.input_dtype) == (np.float64, np.int32)


@pytest.mark.parametrize("shape", [(10**9,) * 3, (65536, 65536), (2**63,), (2**31,) * 4])
def test_a_shape_is_counted_in_whole_numbers_of_any_size(shape: tuple[int, ...]) -> None:
    """64 bits would wrap around, to few values or to less than none."""
    spec = {
        "netspec": 1,
        "input_shape": list(shape),
        "layers": ["flatten", {"type": "dense", "units": 1}],
    }
    with pytest.raises(LimitError, match=f"{prod(shape):,}") as caught:
        build(spec)
    assert caught.value.exit_code == 9
    with pytest.raises(LimitError):
        SequentialNetwork(shape).extend([Flatten(), Dense(units=1)])


def test_fit_gives_its_own_records_and_the_network_keeps_all() -> None:
    made = network()
    first = made.fit(X, Y, epochs=2, optimizer="sgd", metrics=["accuracy"], validation=(X, Y))
    assert list(first[0]) == [
        "epoch",
        "step",
        "loss",
        "accuracy",
        "val_loss",
        "val_accuracy",
        "learning_rate",
    ]
    second = made.fit(X, Y, optimizer="sgd")
    assert made.history == [*first, *second]


@pytest.mark.parametrize("empty", [None, [], (), ([], []), (np.empty((0, 4)), np.empty(0))])
def test_no_validation_may_be_said_in_any_way(empty: Any) -> None:
    (record,) = network().fit(X, Y, optimizer="sgd", validation=empty)
    assert "val_loss" not in record


def test_validation_may_be_given_as_arrays_or_lists() -> None:
    pairs = [(X, Y), [X, Y], (X.tolist(), Y.tolist())]
    records = [network().fit(X, Y, optimizer="sgd", validation=pair) for pair in pairs]
    assert records[0] == records[1] == records[2]


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_interrupted_it_ends_the_batch_and_stays_usable() -> None:
    made, other = network(), network()
    handler = signal.getsignal(signal.SIGINT)

    def interrupt(training: Any) -> None:
        if training.step == 4:
            os.kill(os.getpid(), signal.SIGINT)

    options: Any = {"batch_size": 4, "shuffle": False, "optimizer": "sgd"}
    with pytest.raises(KeyboardInterrupt):
        made.fit(X, Y, epochs=5, progress=interrupt, **options)
    assert signal.getsignal(signal.SIGINT) is handler
    assert (made.step, made.epoch) == (4, 1)
    assert [record["epoch"] for record in made.history] == [1]
    other.fit(X, Y, **options)
    other.fit(X[:4], Y[:4], **options)
    assert weights(made) == weights(other)
    (record,) = made.fit(X, Y, **options)
    assert (record["epoch"], made.step) == (2, 7)


def test_a_termination_is_left_to_the_program_that_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    handler = signal.getsignal(signal.SIGTERM)
    seen = []
    network().fit(
        X, Y, optimizer="sgd", progress=lambda _: seen.append(signal.getsignal(signal.SIGTERM))
    )
    assert set(seen) == {handler}


def test_a_loaded_network_is_read_only_until_it_trains(tmp_path: Path) -> None:
    made = load(save(network(), tmp_path))
    with pytest.raises(ValueError, match="read-only"):
        made.params()["dense_1.bias"][0] = 1
    made.fit(X, Y, optimizer="sgd")
    made.params()["dense_1.bias"][0] = 1


def test_after_surgery_everything_agrees_on_what_the_network_is(tmp_path: Path) -> None:
    made = network()
    made.fit(X, Y, optimizer="adam")
    kept = made["dense_1"].params["weight"].tobytes()
    assert made.tail is not None
    made.remove(made.tail)
    assert made.tail is not None
    made.remove(made.tail)
    assert made.predict(X).shape == (10, 6)
    assert made.output_shape == (6,)
    assert "dense_2" not in str(made)
    made.add({"type": "dense", "units": 2, "activation": "softmax"})
    assert made["dense_1"].params["weight"].tobytes() == kept
    seen: list[Any] = []
    made.fit(X, Y % 2, optimizer="adam", progress=lambda t: seen.append(sorted(t.updater.slots())))
    assert {name.split(".")[0] for name in seen[0]} == {"dense_1", "dense_2"}
    found = load(save(made, tmp_path))
    assert str(found) == str(made)
    assert found.predict(X).tobytes() == made.predict(X).tobytes()


def test_what_params_gives_is_a_dict_of_ones_own_with_the_arrays_that_are_used() -> None:
    made = network()
    before = made.predict(X)
    made.params().clear()
    assert made.predict(X).tobytes() == before.tobytes()
    made.params()["dense_2.bias"][0] += 1
    assert made.predict(X).tobytes() != before.tobytes()


def test_copies_and_pickles_predict_and_train_alike() -> None:
    made = network()
    made.fit(X, Y, optimizer="sgd")
    others = [copy.deepcopy(made), pickle.loads(pickle.dumps(made))]
    for other in others:
        assert other.predict(X).tobytes() == made.predict(X).tobytes()
    for each in (made, *others):
        each.fit(X, Y, epochs=2, batch_size=3, optimizer="adam")
    assert weights(made) == weights(others[0]) == weights(others[1])


def test_a_copy_leaves_the_network_that_it_is_made_of_as_it_was() -> None:
    made = network()
    before, layers = made.predict(X), list(made)
    twin = copy.copy(made)
    assert list(made) == layers
    assert all(layer.chain is made for layer in layers)
    twin.fit(X, Y, optimizer="sgd")
    assert made.predict(X).tobytes() == before.tobytes()


def test_another_loss_counts_from_then_on_also_where_one_has_learned(tmp_path: Path) -> None:
    made = SequentialNetwork((4,), "mse")
    made.add("identity")
    made.fit(X, X, optimizer="sgd")
    for loss in (MAE(), "mae", {"type": "mae"}):
        made.loss = MSE()
        squared = made.evaluate(X, X + 2)["loss"]
        made.loss = loss
        assert made.loss == MAE()
        assert made.evaluate(X, X + 2)["loss"] < squared * 0.6
    assert load(save(made, tmp_path)).loss == MAE()
    for wrong in ("mea", 3, "relu"):
        with pytest.raises(SpecError):
            made.loss = wrong
    assert made.loss == MAE()


def test_a_thousand_layers_train_are_saved_loaded_copied_and_freed(tmp_path: Path) -> None:
    made = SequentialNetwork((4,), "mse")
    for _ in range(1000):
        made.add("identity")
    made.add({"type": "dense", "units": 4})
    made.fit(X, X, optimizer="sgd")
    found = load(save(made, tmp_path))
    assert found.predict(X).tobytes() == made.predict(X).tobytes()
    assert len(copy.deepcopy(made)) == len(pickle.loads(pickle.dumps(made))) == 1001
    assert repr(made)
    del made, found


def test_describe_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    made = network()
    made.describe()
    printed = capsys.readouterr().out
    assert printed == f"{made}\n"
    assert "dense_1    dense    (6,)                  30" in printed
    assert printed.splitlines()[-1] == "loss: cross_entropy, dtype: float32"


def test_a_non_differentiable_layer_before_a_trainable_one_is_refused_where_it_trains() -> None:
    made = SequentialNetwork((4,), "mse")
    made.add({"type": "dense", "units": 4})
    made.add("step")
    made.add({"type": "dense", "units": 4})
    made.predict(X)
    with pytest.raises(SpecError, match="step_1"):
        made.fit(X, X, optimizer="sgd")
    made.replace(made["dense_1"], {"type": "dense", "units": 4, "trainable": False})
    made.fit(X, X, optimizer="sgd")


@pytest.mark.parametrize("new", ["dens", 3, None, {"type": "dense"}, {"type": "dense", "units": 0}])
def test_what_is_no_layer_is_refused_and_the_network_stays_as_it_was(new: Any) -> None:
    made = network()
    before = str(made)
    with pytest.raises(SpecError):
        made.add(new)
    assert str(made) == before


def test_extend_takes_what_add_takes_all_or_none() -> None:
    made = network()
    made.extend([{"type": "dense", "units": 2}, "relu", Dense(units=1)])
    assert [layer.spec.type for layer in made][-3:] == ["dense", "relu", "dense"]
    with pytest.raises(SpecError, match="dens"):
        made.extend(["relu", "dens"])
    assert len(made) == 7


def test_seeds_decide_the_initial_weights() -> None:
    assert weights(network(1)) == weights(network(1))
    assert weights(network(1)) != weights(network(2))


TWO_OF_ONE_KEY: tuple[list[Any], ...] = (
    ["accuracy", {"type": "log_loss", "name": "accuracy"}],
    ["accuracy", {"type": "log_loss", "name": "val_accuracy"}],
    *(
        [{"type": "accuracy", "name": key}]
        for key in ("loss", "epoch", "step", "penalty", "dead", "learning_rate", "val_loss")
    ),
)


@pytest.mark.parametrize("metrics", TWO_OF_ONE_KEY)
def test_metrics_of_one_key_are_refused(metrics: list[Any]) -> None:
    """The loop's own keys are taken too: a metric would overwrite what stands there."""
    made = network()
    with pytest.raises(SpecError, match="two values have the key"):
        made.evaluate(X, Y, metrics=metrics)
    with pytest.raises(SpecError, match="two values have the key"):
        made.fit(X, Y, optimizer="sgd", metrics=metrics)
    spec = {
        "netspec": 1,
        "input_shape": [4],
        "layers": [{"type": "dense", "units": 3}, "softmax"],
        "loss": "cross_entropy",
        "training": {
            "data": {"type": "npz", "path": "data.npz"},
            "optimizer": "sgd",
            "epochs": 1,
            "metrics": metrics,
        },
    }
    with pytest.raises(SpecError, match="two values have the key") as caught:
        check(read_spec(spec))
    assert caught.value.faults[0].path == ("training", "metrics")


# Slips of the pen.


def test_a_layer_may_be_called_by_its_name_wherever_one_is_meant() -> None:
    made = network()
    made.insert_before("dense_2", {"type": "dense", "units": 6}, "middle")
    made.insert_after("middle", "tanh")
    made.replace("tanh_1", "relu", "bent")
    made.remove("middle")
    assert [layer.name for layer in made] == ["dense_1", "relu_1", "bent", "dense_2", "softmax_1"]
    rest = made.cut("bent")
    assert [layer.name for layer in rest] == ["dense_2", "softmax_1"]
    with pytest.raises(SpecError, match='no layer is named "bend"; did you mean "bent"'):
        made.remove("bend")


@pytest.mark.parametrize("key", [0, -1, None, [], slice(2)])
def test_a_layer_goes_by_its_name_and_no_index(key: Any) -> None:
    for use in (network().__getitem__, network().remove):
        with pytest.raises(SpecError, match=r"no name of a layer; .*list\(network\)"):
            use(key)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"epochs": "3"}, 'epochs is "3"; give a whole number of at least 0'),
        ({"epochs": 1.5}, "epochs is 1.5; give a whole number"),
        ({"batch_size": None}, "batch_size is null; give a whole number of at least 1"),
        ({"validation": 0.2}, r"validation is 0.2; give the pair \(inputs, targets\)"),
        ({"validation": (X,)}, r"give the pair \(inputs, targets\)"),
        ({"validation": (X, Y, Y)}, r"give the pair \(inputs, targets\)"),
        ({"metrics": "accuracy"}, r'metrics is "accuracy"; give a list, as in metrics=\['),
        ({"metrics": {"type": "accuracy"}}, "metrics is an object; give a list"),
        ({"callbacks": "csv_log"}, 'callbacks is "csv_log"; give a list'),
        ({"callbacks": None}, "callbacks is null; give a list"),
        ({"metrics": None}, r"metrics is null; give a list, as in metrics=\["),
        ({"validation": (None, None)}, "the input of the validation data holds "),
        ({"validation": (5, 5)}, "the input of the validation data is a single number"),
        ({"validation": ([], [1])}, "0 samples, but 1 targets"),
    ],
)
def test_what_fit_cannot_mean_is_refused_saying_what_it_takes(wrong: Any, said: str) -> None:
    with pytest.raises((SpecError, DataError), match=said):
        network().fit(X, Y, **{"optimizer": "sgd", **wrong})


def test_evaluate_takes_a_list_of_metrics_too() -> None:
    with pytest.raises(SpecError, match='metrics is "accuracy"; give a list'):
        network().evaluate(X, Y, metrics="accuracy")
