"""Dropout drops in training, by an address, and keeps the mean."""

from __future__ import annotations

import numpy as np
import pytest

from netspec import Chain, SpecError, Tape
from netspec.builtins.layers.dropout import Dropout


def dropped(rate: float, step: int = 0, seed: int = 0, layers: int = 1) -> np.ndarray:
    chain = Chain((1000,), dtype="float64")
    for _ in range(layers):
        chain.add(Dropout(rate=rate))
    return chain.forward(np.ones((50, 1000)), Tape(training=True, step=step, seed=seed))


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_what_stays_is_scaled_so_that_the_mean_is_kept(rate: float) -> None:
    y = dropped(rate)
    assert set(np.unique(y)) == {0, 1 / (1 - rate)}
    assert (y == 0).mean() == pytest.approx(rate, abs=0.01)
    assert y.mean() == pytest.approx(1, abs=0.05)


def test_the_whole_rates_drop_nothing_and_everything() -> None:
    assert (dropped(0.0) == 1).all()
    assert (dropped(1.0) == 0).all()


def test_the_mask_is_another_for_another_step_seed_and_layer_and_no_other_way() -> None:
    first = dropped(0.5)
    assert (first == dropped(0.5)).all()
    assert (first != dropped(0.5, step=1)).any()
    assert (first != dropped(0.5, seed=1)).any()
    two = dropped(0.5, layers=2)
    assert (two != 0).mean() == pytest.approx(0.25, abs=0.01)


def test_the_gradient_passes_where_the_value_passed() -> None:
    chain = Chain((100,), dtype="float64")
    chain.add(Dropout())
    tape = Tape(training=True, keeps=True, wants_input_gradient=True)
    y = chain.forward(np.ones((4, 100)), tape)
    delta, _ = chain.pull(np.ones((4, 100)), tape)
    np.testing.assert_array_equal(delta, y)


def test_in_prediction_it_gives_what_comes() -> None:
    chain = Chain((3,))
    chain.add(Dropout())
    x = np.ones((2, 3), np.float32)
    assert (chain.forward(x, Tape()) == x).all()


@pytest.mark.parametrize("rate", [-0.1, 1.1])
def test_a_rate_is_a_probability(rate: float) -> None:
    with pytest.raises(SpecError, match="rate"):
        Dropout(rate=rate)
