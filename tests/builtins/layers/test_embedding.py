"""The embedding looks up, and its gradient holds the rows that were asked for."""

from __future__ import annotations

import numpy as np
import pytest

from netspec import Chain, Rows, SpecError, Tape, blend
from netspec.builtins.layers.dense import Dense
from netspec.builtins.layers.embedding import Embedding


def chain_of(*shape: int, dtype: str = "int64") -> Chain:
    chain = Chain(shape, input_dtype=dtype, dtype="float64")
    chain.add(Embedding(vocabulary=10, dimension=3))
    return chain


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "uint64"])
def test_every_integer_finds_its_row(dtype: str) -> None:
    chain = chain_of(2, 2, dtype=dtype)
    x = np.array([[[0, 9], [3, 3]]], dtype)
    y = chain.forward(x, Tape())
    np.testing.assert_array_equal(y[0, 1, 0], chain.tail.params["weight"][3])
    assert y.shape == (1, 2, 2, 3)


def test_a_row_that_is_asked_for_twice_gets_both_gradients() -> None:
    chain = chain_of(3)
    tape = Tape(training=True, keeps=True)
    chain.forward(np.array([[4, 1, 4]]), tape)
    _, gradients = chain.pull(np.array([[[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]]), tape)
    gradient = gradients["embedding_1.weight"]
    assert isinstance(gradient, Rows)
    expected = np.zeros((10, 3))
    expected[4] = [1, 0, 1]
    expected[1] = [0, 1, 0]
    np.testing.assert_array_equal(np.asarray(gradient), expected)
    moved = np.ones((10, 3))
    blend(moved, gradient, scale=-2)
    np.testing.assert_array_equal(moved, 1 - 2 * expected)


def test_it_says_which_integers_it_takes() -> None:
    assert chain_of(2).tail.index_range == range(10)


def test_it_starts_from_normal_values_with_deviation_1() -> None:
    chain = Chain((), input_dtype="int64")
    chain.add(Embedding(vocabulary=500, dimension=40))
    weight = chain.tail.params["weight"]
    assert abs(weight.mean()) < 0.03
    assert weight.std() == pytest.approx(1, abs=0.03)


def test_fractions_are_refused_with_the_way_out() -> None:
    with pytest.raises(SpecError, match="input_dtype"):
        Chain((2,)).add(Embedding(vocabulary=10, dimension=3))


def test_integers_reach_no_dense_layer() -> None:
    with pytest.raises(SpecError, match="dense takes numbers with a fraction"):
        Chain((2,), input_dtype="int64").add(Dense(units=2))
