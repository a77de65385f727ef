"""One sample's way through a network and back is that of training."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar, Literal

import numpy as np
import pytest

from netspec import (
    Array,
    DataError,
    Dense,
    Gradients,
    Layer,
    LayerSpec,
    Residual,
    Sequential,
    SequentialNetwork,
    Site,
    SpecError,
)
from netspec.explain import explain
from netspec.tape import Tape


def network_of(*layers: Any, loss: Any = "mse", inputs: int = 3) -> SequentialNetwork:
    network = SequentialNetwork((inputs,), loss, seed=4, dtype="float64")
    for layer in layers:
        network.add(layer)
    return network


def test_forward_is_the_prediction_and_each_output_is_the_next_input() -> None:
    network = network_of(Dense(units=4), "tanh", Dense(units=2))
    x = np.array([0.5, -1.0, 2.0])
    explanation = explain(network, x)
    assert [p.layer.name for p in explanation.passages] == ["dense_1", "tanh_1", "dense_2"]
    np.testing.assert_array_equal(explanation.output, network.predict(x[None])[0])
    np.testing.assert_array_equal(explanation.passages[0].input, x)
    for before, after in pairwise(explanation.passages):
        np.testing.assert_array_equal(before.output, after.input)


def test_without_a_target_nothing_goes_back() -> None:
    explanation = explain(network_of(Dense(units=1)), [1.0, 2.0, 3.0])
    assert explanation.value is None
    assert explanation.passages[0].delta is None


def test_backward_gives_the_gradients_of_training() -> None:
    network = network_of(Dense(units=4), "sigmoid", Dense(units=2))
    x, y = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.0])
    explanation = explain(network, x, y)
    step = network.objective().step(x[None], y[None], None, Tape(training=True, keeps=True))
    assert explanation.value == step.loss
    for passage in explanation.passages:
        for key, gradient in (passage.gradients or {}).items():
            trained = np.asarray(step.gradients[f"{passage.layer.name}.{key}"])
            np.testing.assert_array_equal(gradient, trained)


def test_deltas_are_handed_on_and_reach_the_input() -> None:
    network = network_of(Dense(units=4), "sigmoid", Dense(units=2))
    x, y = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.0])
    passages = explain(network, x, y).passages
    for before, after in pairwise(passages):
        np.testing.assert_array_equal(before.delta, after.input_delta)
    slopes = []
    for at in range(3):
        high, low = x.copy(), x.copy()
        high[at] += 1e-6
        low[at] -= 1e-6
        values = [explain(network, each, y).value for each in (high, low)]
        assert values[0] is not None
        assert values[1] is not None
        slopes.append((values[0] - values[1]) / 2e-6)
    np.testing.assert_allclose(passages[0].input_delta, slopes, rtol=1e-6)


def test_a_tail_that_the_loss_takes_in_is_named() -> None:
    network = network_of(Dense(units=3), "softmax", loss="cross_entropy")
    explanation = explain(network, [1.0, 2.0, 3.0], 2)
    assert explanation.absorbed is network.tail
    assert explanation.passages[-1].delta is None
    expected = explanation.output - np.array([0, 0, 1])
    np.testing.assert_allclose(explanation.passages[0].delta, expected)


def test_layers_inside_a_composite_are_explained_too() -> None:
    network = network_of(Residual(layers=(Dense(units=3),)))
    explanation = explain(network, [1.0, 2.0, 3.0], [0.0, 0.0, 0.0])
    assert [p.layer.path for p in explanation.passages] == ["residual_1", "residual_1.dense_1"]
    assert all(p.delta is not None for p in explanation.passages)


@pytest.mark.parametrize("target", [3, -1])
def test_a_class_that_does_not_exist_is_refused(target: int) -> None:
    network = network_of(Dense(units=3), "softmax", loss="cross_entropy")
    with pytest.raises(DataError, match="0 to 2"):
        explain(network, [1.0, 2.0, 3.0], target)


def test_of_several_positions_the_class_that_does_not_exist_is_named() -> None:
    network = SequentialNetwork((3, 2), "cross_entropy")
    network.add(Dense(units=3))
    network.add("softmax")
    with pytest.raises(DataError, match="the target is class 7, and the network knows 3"):
        explain(network, np.ones((3, 2)), [0, 1, 7])


class Bag(LayerSpec):
    """y = how often each integer stands in x."""

    accepts: ClassVar[str] = "iu"
    differentiable: ClassVar[bool] = False

    type: Literal["bag"] = "bag"

    def build(self, site: Site) -> BagLayer:
        return BagLayer(self, site)


class BagLayer(Layer[Bag]):
    def __init__(self, spec: Bag, site: Site) -> None:
        super().__init__(spec, site)
        self.output_shape = (3,)

    def forward(self, x: Array, tape: Tape) -> Array:
        return np.stack([(x == each).sum(1) for each in range(3)], 1).astype(self.output_dtype)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        return None, {}


@pytest.mark.parametrize("inside", [False, True])
def test_integers_have_no_gradient_and_need_none(inside: bool) -> None:
    network = SequentialNetwork((2,), "mse", input_dtype="int64", dtype="float64")
    network.extend([Sequential(layers=(Bag(),)) if inside else Bag(), Dense(units=1)])
    bag, *_, dense = explain(network, [2, 2], [1.0]).passages
    assert bag.delta is not None
    assert bag.input_delta is None
    np.testing.assert_array_equal(dense.input, [0, 0, 2])
    assert dense.input_delta is not None


def test_without_a_loss_there_is_no_way_back() -> None:
    network = network_of(Dense(units=3), loss=None)
    assert explain(network, [1.0, 2.0, 3.0]).output.shape == (3,)
    with pytest.raises(SpecError, match="no loss"):
        explain(network, [1.0, 2.0, 3.0], [0.0, 0.0, 0.0])
