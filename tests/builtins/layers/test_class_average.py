"""The weights of a class average are what the samples of the class look like on average."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec import (
    Array,
    Chain,
    ClassAverage,
    DataError,
    Dense,
    Passes,
    SequentialNetwork,
    SpecError,
)
from netspec.builtins.layers.class_average import ClassAverageLayer


def layer_of(*classes: int, inputs: int = 3) -> ClassAverageLayer:
    layer = Chain((inputs,), dtype="float64").add(ClassAverage(classes=classes))
    assert isinstance(layer, ClassAverageLayer)
    return layer


def passes_of(x: Array, target: Array, batch: int = 7) -> Passes:
    def passes() -> Iterator[tuple[Array, Array]]:
        for start in range(0, len(x), batch):
            yield x[start : start + batch], target[start : start + batch]

    return passes


@given(
    batch=st.integers(1, 40), seed=st.integers(0, 99), form=st.sampled_from(["index", "one_hot"])
)
def test_each_row_is_the_mean_of_its_class(batch: int, seed: int, form: str) -> None:
    """However the pass is cut into pieces, and however the target says the class."""
    rng = np.random.default_rng(seed)
    x = rng.normal(1e3, 5, (30, 3))
    labels = np.arange(30) % 4
    target = labels if form == "index" else np.eye(4)[labels]
    layer = layer_of(2, 0)
    layer.adapt(passes_of(x, target, batch))
    expected = [x[labels == 2].mean(axis=0), x[labels == 0].mean(axis=0)]
    np.testing.assert_allclose(layer.params["weight"], expected, rtol=1e-12)


def test_of_a_yes_or_no_the_average_is_that_of_yes() -> None:
    x = np.array([[1.0, 2.0, 3.0], [3.0, 4.0, 5.0], [9.0, 9.0, 9.0]])
    layer = layer_of(1)
    layer.adapt(passes_of(x, np.array([[1.0], [1.0], [0.0]])))
    np.testing.assert_array_equal(layer.params["weight"], [[2, 3, 4]])


def test_it_adapts_once() -> None:
    layer = layer_of(1)
    layer.adapt(passes_of(np.ones((2, 3)), np.ones(2)))
    layer.adapt(passes_of(np.zeros((2, 3)), np.ones(2)))
    np.testing.assert_array_equal(layer.params["weight"], [[1, 1, 1]])


def test_it_averages_what_reaches_it() -> None:
    network = SequentialNetwork((3,), "mse", dtype="float64")
    network.add({"type": "rescale", "scale": 2.0})
    network.add(ClassAverage())
    network.fit([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]], [1, 0], epochs=0, optimizer="sgd")
    np.testing.assert_array_equal(network["class_average_1"].params["weight"], [[2, 4, 6]])


def test_training_goes_on_from_the_averages() -> None:
    x, y = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]), np.array([1.0, 0.0])
    network = SequentialNetwork((3,), "mse", dtype="float64")
    network.add(ClassAverage())
    network.fit(x, y, epochs=5, optimizer={"type": "sgd", "learning_rate": 0.01})
    weight = network["class_average_1"].params["weight"]
    assert not np.array_equal(weight, [[1, 2, 3]])
    twin = SequentialNetwork((3,), "mse", dtype="float64")
    dense = twin.add(Dense(units=1))
    dense.params["weight"][...], dense.params["bias"][...] = [[1, 2, 3]], 0
    twin.fit(x, y, epochs=5, optimizer={"type": "sgd", "learning_rate": 0.01})
    np.testing.assert_allclose(weight, dense.params["weight"])


def test_a_class_without_a_sample_is_refused() -> None:
    with pytest.raises(DataError, match="class 8"):
        layer_of(1, 8).adapt(passes_of(np.ones((3, 3)), np.array([1, 1, 0])))


def test_pictures_are_flattened_first() -> None:
    with pytest.raises(SpecError, match="flatten"):
        Chain((4, 4)).add(ClassAverage())
