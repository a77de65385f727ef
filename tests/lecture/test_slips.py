"""The slips of the printed lecture are not made here."""

from __future__ import annotations

import numpy as np
import pytest

from netspec import MSE, Array, Dense, Layer, SequentialNetwork, Tape


def test_a_connection_goes_both_ways_from_head_to_tail() -> None:
    network = SequentialNetwork((4,), "mse")
    first, second = network.add(Dense(units=3)), network.add("sigmoid")
    assert first.next is second
    assert second.previous is first
    assert first.previous is None
    assert second.next is None
    assert [*network] == [first, second]


def test_a_layer_whose_method_has_another_name_is_never_built() -> None:
    class Misnamed(Layer):
        def forwards(self, x: Array, tape: Tape) -> Array:
            return x

    with pytest.raises(TypeError, match="abstract"):
        Misnamed(None, None)  # type: ignore[arg-type]


def test_a_loss_that_is_given_is_kept() -> None:
    given = MSE(reduction="half_sum")
    assert SequentialNetwork((4,), given).loss is given
    assert SequentialNetwork((4,), "mae").loss is not None


def test_the_caller_s_data_stay_as_they_are() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 4)), rng.normal(size=(20, 1))
    before = x.copy(), y.copy()
    network = SequentialNetwork((4,), "mse")
    network.add(Dense(units=1))
    network.fit(x, y, epochs=2, batch_size=3, optimizer="sgd", shuffle=True)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(y, before[1])
