"""Normalisation learns from the training part, once and stably."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec import Array, Chain, DataError, Passes, SpecError, Tape
from netspec.builtins.layers.dense import Dense
from netspec.builtins.layers.normalization import Normalization, NormalizationLayer
from netspec.builtins.layers.residual import Residual
from netspec.builtins.layers.sequential import Sequential
from netspec.tape import Seen


def layer_of(*shape: int, dtype: str = "float64", per_feature: bool = True) -> NormalizationLayer:
    layer = Chain(shape, dtype=dtype).add(Normalization(per_feature=per_feature))
    assert isinstance(layer, NormalizationLayer)
    return layer


def passes_of(x: Array, batch: int = 7) -> Passes:
    def passes() -> Iterator[tuple[Array, Array]]:
        for start in range(0, len(x), batch):
            yield x[start : start + batch], np.zeros(len(x[start : start + batch]))

    return passes


@given(samples=st.integers(1, 40), batch=st.integers(1, 40), seed=st.integers(0, 99))
def test_the_pieces_of_a_pass_do_not_matter(samples: int, batch: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(rng.normal(0, 1e6, 3), 10.0 ** rng.integers(-3, 4, 3), (samples, 2, 3))
    layer = layer_of(2, 3)
    layer.adapt(passes_of(x, batch))
    np.testing.assert_allclose(layer.state["mean"], x.mean(axis=(0, 1)), rtol=1e-12)
    np.testing.assert_allclose(layer.state["deviation"], x.std(axis=(0, 1)), rtol=1e-6)


def test_the_training_part_gets_mean_0_and_variance_1() -> None:
    x = np.random.default_rng(1).normal(-3, 5, (100, 4))
    layer = layer_of(4)
    layer.adapt(passes_of(x))
    y = layer.forward(x, Tape())
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=0), 1)


def test_one_mean_for_all_values_where_features_are_alike() -> None:
    x = np.random.default_rng(1).uniform(0, 255, (20, 4, 3))
    layer = layer_of(4, 3, per_feature=False)
    layer.adapt(passes_of(x))
    assert layer.state["mean"].shape == ()
    np.testing.assert_allclose(layer.forward(x, Tape()), (x - x.mean()) / x.std())


def test_until_it_is_adapted_it_gives_what_comes() -> None:
    x = np.random.default_rng(1).normal(size=(5, 4))
    np.testing.assert_array_equal(layer_of(4).forward(x, Tape()), x)


def test_it_adapts_once_and_state_remembers_it() -> None:
    layer = layer_of(2)
    layer.adapt(passes_of(np.array([[0.0, 1], [2, 5]])))
    assert layer.state["adapted"]
    before = {key: array.copy() for key, array in layer.state.items()}
    layer.adapt(passes_of(np.ones((4, 2))))
    for key, array in layer.state.items():
        np.testing.assert_array_equal(array, before[key])


@given(value=st.floats(-1e12, 1e12), samples=st.integers(1, 30), dtype=st.sampled_from("fd"))
def test_a_feature_that_never_changes_becomes_0(value: float, samples: int, dtype: str) -> None:
    """Whatever its value: rounding must not leave it a deviation of 1e-17."""
    x = np.full((samples, 2), value, dtype)
    x[:, 1] = np.arange(samples)
    layer = layer_of(2, dtype=np.dtype(dtype).name)
    layer.adapt(passes_of(x))
    y = layer.forward(x, Tape())
    assert (y[:, 0] == 0).all()
    assert np.isfinite(y).all()
    assert y.dtype == np.dtype(dtype)


def test_float32_bears_values_whose_squares_it_does_not() -> None:
    x = np.array([[1e25], [-1e25], [3e25]], np.float32)
    layer = layer_of(1, dtype="float32")
    layer.adapt(passes_of(x))
    exact = x.astype(np.float64)
    expected = (exact - exact.mean()) / exact.std()
    np.testing.assert_allclose(layer.forward(x, Tape()), expected, rtol=1e-6, atol=1e-6)


def test_without_a_sample_there_is_nothing_to_learn_from() -> None:
    layer = layer_of(2)
    with pytest.raises(DataError, match="normalization_1"):
        layer.adapt(passes_of(np.empty((0, 2))))
    assert not layer.state["adapted"]


def test_it_has_nothing_to_train() -> None:
    assert not layer_of(2).params


def test_it_needs_an_axis_of_features_unless_one_mean_is_for_all() -> None:
    with pytest.raises(SpecError, match="per_feature"):
        layer_of()
    assert layer_of(per_feature=False).output_shape == ()


def test_inside_a_composite_it_learns_from_what_reaches_it() -> None:
    """A watching tape shows the input of every layer, however deep."""
    x = np.random.default_rng(1).normal(3, 2, (50, 4))
    chain = Chain((4,), dtype="float64")
    chain.add(Dense(units=3))
    chain.add(Sequential(layers=[Dense(units=2), Residual(layers=[Normalization()])]))
    (inner,) = (layer for layer in chain.walk() if isinstance(layer, NormalizationLayer))
    reached: list[Array] = []

    def watch(seen: Seen) -> None:
        if seen.layer is inner and seen.input is not None:
            reached.append(seen.input)

    chain.forward(x, Tape(watch=watch))
    inner.adapt(passes_of(*reached))
    chain.forward(x, Tape(watch=watch))
    y = inner.forward(reached[-1], Tape())
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(y.std(axis=0), 1)
    adapted = "sequential_1.residual_1.normalization_1.adapted"
    assert chain.state()[adapted]
