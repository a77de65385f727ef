"""What holds for every regularizer."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest

from netspec import Regularizer, SequentialNetwork, SpecError, builtins, read_spec
from netspec.assemble import check
from netspec.builtins.layers.dense import Dense
from netspec.builtins.layers.residual import Residual
from netspec.builtins.regularizers.l1 import L1
from netspec.builtins.regularizers.l1_l2 import L1L2
from netspec.builtins.regularizers.l2 import L2

every_regularizer = pytest.mark.parametrize("type_", sorted(builtins.netspec_regularizers()))


@every_regularizer
def test_the_gradient_is_the_derivative_of_the_value(type_: str, make: Any) -> None:
    each = make(Regularizer, type_)
    rng = np.random.default_rng(0)
    w, direction = rng.normal(size=(4, 5)), rng.normal(size=(4, 5))
    h = 1e-6
    measured = (each.value(w + h * direction) - each.value(w - h * direction)) / (2 * h)
    assert (each.gradient(w) * direction).sum() == pytest.approx(measured, rel=1e-7)


@every_regularizer
def test_float32_stays_and_the_array_is_not_written(type_: str, make: Any) -> None:
    each = make(Regularizer, type_)
    w = np.ones((2, 3), np.float32)
    w.flags.writeable = False
    assert each.gradient(w).dtype == np.float32
    assert isinstance(each.value(w), float)


def test_the_penalties_are_sums_of_sizes_and_of_squares() -> None:
    w = np.array([3.0, -4.0, 0.0])
    assert L1(strength=0.5).value(w) == 3.5
    assert L2(strength=0.5).value(w) == 12.5
    assert L1(strength=0.5).gradient(w).tolist() == [0.5, -0.5, 0]
    assert L2(strength=0.5).gradient(w).tolist() == [3, -4, 0]
    assert L1L2(l1=0.5, l2=0.25).value(w) == 3.5 + 6.25
    assert L1L2(l1=0.5, l2=0.25).gradient(w).tolist() == [2, -2.5, 0]


def test_each_array_has_its_own_penalty_in_what_is_minimised_and_in_no_loss() -> None:
    """One step of plain descent moves each array against ∂(loss + its own penalty)."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
    weight, bias = L1(strength=0.3), L2(strength=0.7)
    moved, losses = [], []
    for penalties in ({}, {"weight_regularizer": weight, "bias_regularizer": bias}):
        network = SequentialNetwork((3,), "mse", dtype="float64", seed=4)
        layer = network.add(Dense(units=2, **penalties))
        start = {key: array.copy() for key, array in layer.params.items()}
        (record,) = network.fit(x, y, batch_size=8, optimizer={"type": "sgd", "learning_rate": 0.1})
        moved.append(layer.params)
        losses.append(record["loss"])
    assert losses[0] == losses[1]
    assert record["penalty"] == weight.value(moved[1]["weight"]) + bias.value(moved[1]["bias"])
    for key, each in {"weight": weight, "bias": bias}.items():
        apart = moved[1][key] - moved[0][key]
        np.testing.assert_allclose(apart, -0.1 * each.gradient(start[key]), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("frozen", ["", "layer", "composite"])
def test_what_is_frozen_has_no_penalty_in_the_history_and_none_to_monitor(frozen: str) -> None:
    layer = Dense(units=3, weight_regularizer=L2(strength=0.3), trainable=frozen != "layer")
    network = SequentialNetwork((3,), "mse")
    network.extend([Residual(layers=(layer,), trainable=frozen != "composite"), Dense(units=3)])
    assert list(network.penalties()) == ([] if frozen else ["residual_1.dense_1.weight"])
    (record,) = network.fit(np.ones((8, 3)), np.ones((8, 3)), optimizer="sgd")
    assert ("penalty" in record) is not bool(frozen)
    training = {
        "data": "arrays",
        "optimizer": "sgd",
        "epochs": 1,
        "callbacks": [{"type": "early_stopping", "monitor": "penalty"}],
    }
    layers = [each.spec.document() for each in network]
    spec = {"netspec": 1, "input_shape": [3], "layers": layers, "loss": "mse", "training": training}
    with pytest.raises(SpecError, match='no "penalty"') if frozen else nullcontext():
        check(read_spec(spec))
