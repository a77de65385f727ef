"""Gradients are cut back before the optimizer sees them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec import DivergenceError, Product, Rows, SequentialNetwork, SpecError
from netspec.arrays import Gradients
from netspec.builtins.optimizers.sgd import SGD
from netspec.clipping import Clipping


def gradients(scale: float = 1.0, dtype: Any = np.float64) -> Gradients:
    rng = np.random.default_rng(3)
    draw = [
        rng.normal(size=shape).astype(dtype) * scale for shape in ((4, 2), (2, 3), (5,), (2, 3))
    ]
    return {
        "a": Product(draw[0], draw[1]),
        "b": draw[2],
        "c": Rows(np.array([1, 1]), draw[3], (4, 3)),
    }


def length(arrays: Any) -> float:
    return float(np.sqrt(sum(np.square(np.asarray(array)).sum() for array in arrays)))


def test_by_value_every_value_stays_within_the_bound() -> None:
    cut, whole = gradients(), gradients()
    assert Clipping(value=0.5).clip(cut)
    for path, array in cut.items():
        np.testing.assert_array_equal(array, np.clip(np.asarray(whole[path]), -0.5, 0.5))


def test_by_norm_each_gradient_keeps_its_direction_and_at_most_the_length() -> None:
    cut, whole = gradients(), gradients()
    bound = 1.01 * length([whole["b"]])
    assert Clipping(norm=bound).clip(cut)
    for path, array in cut.items():
        own = length([whole[path]])
        share = min(1, bound / (own + 1e-6))
        np.testing.assert_allclose(np.asarray(array), share * np.asarray(whole[path]), rtol=1e-12)
    np.testing.assert_array_equal(np.asarray(cut["b"]), np.asarray(whole["b"]))


def test_by_global_norm_all_are_shortened_alike() -> None:
    cut, whole = gradients(), gradients()
    assert Clipping(global_norm=0.3).clip(cut)
    share = 0.3 / (length(whole.values()) + 1e-6)
    for path, array in cut.items():
        np.testing.assert_allclose(np.asarray(array), share * np.asarray(whole[path]), rtol=1e-12)


@pytest.mark.parametrize("clipping", [Clipping(norm=1.0), Clipping(global_norm=1.0)], ids=str)
def test_in_float32_huge_gradients_keep_their_direction(clipping: Clipping) -> None:
    """Though their squares are infinite there."""
    cut = {"w": np.array([3e30, -4e30], np.float32)}
    assert clipping.clip(cut)
    assert cut["w"].dtype == np.float32
    np.testing.assert_allclose(cut["w"], [0.6, -0.8], rtol=1e-6)


@pytest.mark.parametrize("bound", ["value", "norm", "global_norm"])
def test_nothing_hides_a_gradient_that_is_not_finite(bound: str) -> None:
    cut: Gradients = {"a": np.ones(2), "b": np.array([1.0, np.inf])}
    assert not Clipping(**{bound: 1.0}).clip(cut)
    np.testing.assert_array_equal(np.asarray(cut["a"]), [1, 1])


@pytest.mark.parametrize("bound", ["clip_value", "clip_norm", "clip_global_norm"])
def test_a_training_moves_no_further_than_the_clipped_gradient(bound: str) -> None:
    x, y = 1e3 * np.ones((6, 2)), np.zeros((6, 1))
    network = SequentialNetwork((2,), "mse", seed=1, dtype="float64")
    layer = network.add({"type": "dense", "units": 1})
    before = {key: array.copy() for key, array in layer.params.items()}
    optimizer = {"type": "sgd", "learning_rate": 1.0, bound: 0.01}
    network.fit(x, y, batch_size=6, optimizer=optimizer)
    moves = [layer.params[key] - array for key, array in before.items()]
    if bound == "clip_value":
        assert [float(np.abs(move).max()) for move in moves] == pytest.approx([0.01, 0.01])
    elif bound == "clip_norm":
        assert [length([move]) for move in moves] == pytest.approx([0.01, 0.01])
    else:
        assert length(moves) == pytest.approx(0.01)


def test_what_diverges_is_still_said_with_clipping() -> None:
    network = SequentialNetwork((2,), "mse", seed=1)
    network.add({"type": "dense", "units": 1})
    with pytest.raises(DivergenceError, match="epoch 1, batch 1 of 1"):
        network.fit(
            np.full((4, 2), 3e38, np.float32),
            np.zeros((4, 1)),
            optimizer={"type": "sgd", "clip_value": 1.0},
        )


def test_two_bounds_at_once_are_refused() -> None:
    with pytest.raises(SpecError, match="give one of clip_value"):
        SGD(clip_value=1.0, clip_norm=1.0)
    with pytest.raises(SpecError, match="clip_norm"):
        SGD(clip_norm=0.0)
