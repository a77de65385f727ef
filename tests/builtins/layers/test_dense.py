"""The dense layer: its arrays, its links and what it refuses; its values are in test_oracle.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec import Chain, Product, SpecError, Tape
from netspec.builtins.activations.relu import ReLU
from netspec.builtins.layers.dense import Dense


def chain_of(*shape: int, dtype: str = "float64", **fields: object) -> Chain:
    chain = Chain(shape, dtype=dtype)
    chain.add(Dense(**fields))
    return chain


@given(
    positions=st.lists(st.integers(1, 3), max_size=2),
    inputs=st.integers(1, 9),
    units=st.integers(1, 9),
    samples=st.integers(0, 9),
)
def test_it_is_a_sum_over_the_last_axis(
    positions: list[int], inputs: int, units: int, samples: int
) -> None:
    chain = chain_of(*positions, inputs, units=units)
    x = np.random.default_rng(samples).normal(size=(samples, *positions, inputs))
    weight, bias = chain.params().values()
    expected = np.einsum("...i,ui->...u", x, weight) + bias
    np.testing.assert_allclose(chain.forward(x, Tape()), expected, rtol=1e-12, atol=1e-12)


def test_its_weight_gradient_is_a_product_that_nobody_has_multiplied() -> None:
    chain = chain_of(4, 5, units=3)
    tape = Tape(training=True, keeps=True)
    x = np.random.default_rng(1).normal(size=(2, 4, 5))
    y = chain.forward(x, tape)
    _, gradients = chain.pull(y, tape)
    weight = gradients["dense_1.weight"]
    assert isinstance(weight, Product)
    assert weight.shape == (3, 5)
    np.testing.assert_allclose(np.asarray(weight), np.einsum("npu,npi->ui", y, x))


def test_its_weight_lies_transposed_in_memory_whether_drawn_or_loaded() -> None:
    for mode in ("full", "empty"):
        chain = Chain((5,), mode=mode)
        weight = chain.add(Dense(units=3)).params["weight"]
        assert weight.shape == (3, 5)
        assert weight.flags.f_contiguous


def test_it_starts_as_pytorch_does() -> None:
    chain = chain_of(400, units=300)
    for array in chain.params().values():
        assert np.abs(array).max() <= 1 / 20
        assert array.std() == pytest.approx(1 / 20 / np.sqrt(3), rel=0.1)


def test_its_activation_is_a_link_of_its_own() -> None:
    chain = chain_of(4, units=3, activation=ReLU(), name="hidden")
    assert [layer.name for layer in chain] == ["hidden", "relu_1"]
    assert (chain.forward(np.full((1, 4), -9.0), Tape()) >= 0).all()


def test_it_needs_an_axis_and_at_least_one_unit() -> None:
    with pytest.raises(SpecError, match="input_shape"):
        chain_of(units=3)
    with pytest.raises(SpecError, match="units"):
        Dense(units=0)
