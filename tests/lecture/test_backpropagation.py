"""Batches of rows give what the lecture's loop over single columns gives."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from netspec import MSE, Dense, SequentialNetwork
from netspec.explain import explain

_spec = importlib.util.spec_from_file_location("loop", Path(__file__).with_name("loop.py"))
assert _spec is not None
assert _spec.loader is not None
loop = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(loop)


def network_of(units: list[int], seed: int) -> SequentialNetwork:
    network = SequentialNetwork((5,), MSE(reduction="half_sum"), seed=seed, dtype="float64")
    for each in units:
        network.add(Dense(units=each))
        network.add("sigmoid")
    return network


def loop_of(network: SequentialNetwork) -> loop.Loop:
    dense = [layer.params for layer in network if layer.params]
    return loop.Loop([each["weight"] for each in dense], [each["bias"] for each in dense])


@given(
    units=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    batch=st.integers(1, 8),
    seed=st.integers(0, 99),
)
@settings(max_examples=25)
def test_training_by_batches_equals_the_loop_over_samples(
    units: list[int], batch: int, seed: int
) -> None:
    """To twelve digits, after two epochs, the last batch being short or not."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(15, 5)), rng.uniform(size=(15, units[-1]))
    network = network_of(units, seed)
    by_hand = loop_of(network)
    network.fit(
        x,
        y,
        epochs=2,
        batch_size=batch,
        optimizer={"type": "sgd", "learning_rate": 3.0},
        shuffle=False,
    )
    for _ in range(2):
        for start in range(0, 15, batch):
            by_hand.train_batch(x[start : start + batch], y[start : start + batch], 3.0)
    trained = [layer.params for layer in network if layer.params]
    for weight, bias, params in zip(by_hand.weights, by_hand.biases, trained, strict=True):
        np.testing.assert_allclose(params["weight"], weight, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(params["bias"], bias.ravel(), rtol=1e-10, atol=1e-12)


def test_explain_shows_the_loop_s_deltas() -> None:
    network = network_of([3, 2], 7)
    x, y = np.linspace(-1, 1, 5), np.array([1.0, 0.0])
    slopes = iter(loop_of(network).backward(x, y))
    for passage in explain(network, x, y).passages:
        if passage.gradients:
            weight, bias = next(slopes)
            np.testing.assert_allclose(passage.gradients["weight"], weight, rtol=1e-12)
            np.testing.assert_allclose(passage.gradients["bias"], bias.ravel(), rtol=1e-12)
            np.testing.assert_allclose(passage.delta, bias.ravel(), rtol=1e-12)
