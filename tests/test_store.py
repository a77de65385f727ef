"""Small parameters lie one behind the other, and nobody but the optimizer's step notices."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import netspec
from netspec.arrays import Array, Store, row_of
from netspec.arrays.store import _BLOCK, _SMALL

SHAPES = st.lists(
    st.tuples(st.lists(st.integers(0, 7), max_size=3).map(tuple), st.sampled_from("CF")),
    min_size=1,
    max_size=6,
)


def numbered(shape: tuple[int, ...], order: Any, dtype: Any = np.float32) -> Array:
    return np.array(np.arange(np.prod(shape)).reshape(shape), dtype, order=order)


@given(shapes=SHAPES, dtype=st.sampled_from([np.float32, np.float64]))
def test_what_is_kept_is_the_same_array_elsewhere(shapes: Any, dtype: Any) -> None:
    store = Store()
    given_arrays = [numbered(shape, order, dtype) for shape, order in shapes]
    for array, kept in [(array, store.keep(array)) for array in given_arrays]:
        np.testing.assert_array_equal(kept, array)
        assert (kept.shape, kept.dtype) == (array.shape, array.dtype)
        assert kept.flags.f_contiguous == array.flags.f_contiguous
        assert kept.flags.writeable


@given(shapes=SHAPES)
def test_arrays_that_were_kept_in_a_row_are_one_vector(shapes: Any) -> None:
    store = Store()
    kept = [store.keep(numbered(shape, order)) for shape, order in shapes if 0 not in shape]
    if not kept:
        return
    row = row_of(kept)
    assert row is not None
    np.testing.assert_array_equal(row, np.concatenate([each.ravel(order="K") for each in kept]))
    row += 1
    np.testing.assert_array_equal(row, np.concatenate([each.ravel(order="K") for each in kept]))


def test_other_arrays_are_no_vector() -> None:
    store = Store()
    a, b, c = (store.keep(numbered((3, 2), "C")) for _ in range(3))
    assert row_of([a, c]) is None
    assert row_of([b, a]) is None
    assert row_of([a, b.copy()]) is None
    assert row_of([a.copy(), b]) is None
    assert row_of([a, store.keep(numbered((2,), "C", np.float64))]) is None
    assert row_of([b, c]) is not None


def test_a_block_ends_and_large_arrays_stay_where_they_are() -> None:
    store = Store()
    large = np.zeros(_SMALL + 1, np.float32)
    assert store.keep(large) is large
    fitting = [store.keep(np.zeros(_SMALL, np.float32)) for _ in range(_BLOCK // _SMALL)]
    assert row_of(fitting) is not None
    assert row_of([fitting[-1], store.keep(np.zeros(1, np.float32))]) is None


def network() -> netspec.SequentialNetwork:
    return netspec.build(
        {
            "netspec": 1,
            "input_shape": [6],
            "layers": [
                {"type": "dense", "units": 5, "activation": "tanh"},
                {"type": "dense", "units": 4, "activation": "tanh"},
                {"type": "dense", "units": 2, "activation": "softmax"},
            ],
            "loss": "cross_entropy",
        }
    )


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "lamb"])
def test_where_parameters_lie_changes_no_bit_of_a_training(optimizer: str) -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((200, 6)).astype(np.float32)
    y = (x[:, 1] > x[:, 2]).astype(np.int64)
    together = network()
    apart = copy.deepcopy(together)
    assert row_of(list(together.params().values())) is not None
    assert row_of(list(apart.params().values())) is None
    for each in (together, apart):
        each.fit(x, y, epochs=3, optimizer={"type": optimizer, "learning_rate": 0.01})
    for path, array in together.params().items():
        np.testing.assert_array_equal(array, apart.params()[path])


def test_a_copied_network_carries_its_own_arrays_and_no_other_memory() -> None:
    net = network()
    assert len(pickle.dumps(net)) < _BLOCK
    again = pickle.loads(pickle.dumps(net))
    for path, array in net.params().items():
        np.testing.assert_array_equal(array, again.params()[path])
        assert not np.shares_memory(array, again.params()[path])


def test_a_frozen_layer_between_others_stays_as_it_is() -> None:
    net = network()
    net.replace(net["dense_2"], net["dense_2"].spec.model_copy(update={"trainable": False}))
    before = {path: array.copy() for path, array in net.params().items()}
    x = np.linspace(-1, 1, 60, dtype=np.float32).reshape(10, 6)
    net.fit(x, np.arange(10) % 2, epochs=2, optimizer="adam")
    moved = {
        path for path, array in net.params().items() if not np.array_equal(array, before[path])
    }
    assert moved == {path for path in before if not path.startswith("dense_2.")}
