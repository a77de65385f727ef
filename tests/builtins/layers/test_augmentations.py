"""Pictures are moved and turned in training, each by itself, and by an address."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec import Array, Chain, Layer, LayerSpec, SequentialNetwork, SpecError, Tape
from netspec.builtins.layers.random_rotation import RandomRotation
from netspec.builtins.layers.random_shift import RandomShift

SPECS = [RandomShift(vertical=2, horizontal=2), RandomRotation(degrees=30.0)]
every_augmentation = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.type)


class Most:
    """A generator that always draws the most."""

    def integers(self, low: int, high: int, shape: Any) -> Array:
        return np.full(shape, high - 1)

    def uniform(self, low: float, high: float, shape: Any) -> Array:
        return np.full(shape, high)


class Loaded(Tape):
    """A tape whose dice are loaded."""

    def rng(self, layer: Layer) -> Any:
        return Most()


def through(spec: LayerSpec, x: Array, tape: Tape) -> Array:
    chain = Chain(x.shape[1:], dtype="float64")
    chain.add(spec)
    return chain.forward(x, tape)


@every_augmentation
def test_only_training_changes_pictures(spec: LayerSpec) -> None:
    x = np.random.default_rng(0).normal(size=(3, 6, 6))
    assert through(spec, x, Tape()) is x
    assert (through(spec, x, Tape(training=True)) != x).any()


@every_augmentation
def test_each_picture_goes_its_own_way_another_in_every_step(spec: LayerSpec) -> None:
    x = np.repeat(np.random.default_rng(0).normal(size=(1, 6, 6)), 8, axis=0)
    first = through(spec, x, Tape(training=True, step=1))
    assert any((picture != first[0]).any() for picture in first)
    assert (through(spec, x, Tape(training=True, step=1)) == first).all()
    assert (through(spec, x, Tape(training=True, step=2)) != first).any()


def test_a_shift_moves_down_and_right_and_leaves_0_behind() -> None:
    x = np.arange(1.0, 13).reshape(1, 3, 4)
    y = through(RandomShift(vertical=1, horizontal=2), x, Loaded(training=True))
    np.testing.assert_array_equal(y, [[[0, 0, 0, 0], [0, 0, 1, 2], [0, 0, 5, 6]]])


def test_shifts_are_drawn_evenly_within_their_bounds() -> None:
    x = np.zeros((4000, 7, 9))
    x[:, 3, 4] = 1
    y = through(RandomShift(vertical=1, horizontal=2), x, Tape(training=True))
    shares = y.mean(axis=0)
    assert shares.sum() == pytest.approx(1)
    np.testing.assert_allclose(shares[2:5, 2:7], 1 / 15, atol=0.02)


@pytest.mark.parametrize(("degrees", "quarters"), [(90.0, 1), (180.0, 2)])
@pytest.mark.parametrize("shape", [(4, 5, 5), (2, 4, 4, 3)])
def test_quarter_turns_are_counter_clockwise_and_exact(
    degrees: float, quarters: int, shape: Any
) -> None:
    x = np.random.default_rng(0).normal(size=shape)
    y = through(RandomRotation(degrees=degrees), x, Loaded(training=True))
    np.testing.assert_allclose(y, np.rot90(x, quarters, axes=(1, 2)), atol=1e-12)


@every_augmentation
def test_what_is_no_picture_is_refused(spec: LayerSpec) -> None:
    with pytest.raises(SpecError, match="reshape"):
        Chain((16,)).add(spec)


def test_a_network_that_is_shown_shifted_pictures_knows_shifted_pictures() -> None:
    """Two patterns of one row each; validation shows them a row lower than training does."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 200)
    x = rng.normal(0, 0.1, (200, 6, 6))
    x[:, 2, 1:5] += np.array([[1, 1, 0, 0], [0, 0, 1, 1]])[labels]
    lower = np.roll(x, 1, axis=1)
    reached = []
    for head in ([], [RandomShift(vertical=1, horizontal=0)]):
        network = SequentialNetwork((6, 6), "cross_entropy", seed=1)
        for layer in (*head, "flatten", {"type": "dense", "units": 2, "activation": "softmax"}):
            network.add(layer)
        network.fit(x, labels, epochs=20, optimizer={"type": "adam", "learning_rate": 0.01})
        reached.append(network.evaluate(lower, labels, metrics=["accuracy"])["accuracy"])
    assert reached[1] > 0.95 > reached[0]
