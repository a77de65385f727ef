"""Sums of many float32 values keep the digits that the values have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec import SequentialNetwork, Tape, column_sums, sum_over
from netspec.builtins.stable import row_sum

MANY = 10**6
TENTH = np.float32(0.1)


@pytest.mark.parametrize("shape", [(MANY,), (MANY, 1), (MANY, 3), (2**14 + 1, 2)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_column_sums_do_not_drift(shape: Any, order: Any) -> None:
    sums = column_sums(np.full(shape, TENTH, order=order))
    assert sums.dtype == np.float32
    np.testing.assert_allclose(sums, float(TENTH) * shape[0], rtol=5e-6)


@pytest.mark.parametrize("order", ["C", "F"])
def test_sums_over_axes_do_not_drift(order: Any) -> None:
    x = np.full((2, 512, 512, 3), TENTH, order=order)
    for axes in ((1, 2), (0, 1, 2), (0, 1, 2, 3)):
        count = x.size / sum_over(x, axes).size
        np.testing.assert_allclose(sum_over(x, axes), float(TENTH) * count, rtol=1e-7)
    assert sum_over(x, (1, 2), keepdims=True).shape == (2, 1, 1, 3)


@pytest.mark.parametrize("order", ["C", "F"])
def test_row_sums_do_not_drift(order: Any) -> None:
    sums = row_sum(np.full((2, MANY), TENTH, order=order))
    assert sums.shape == (2, 1)
    assert sums.dtype == np.float32
    np.testing.assert_allclose(sums, float(TENTH) * MANY, rtol=1e-7)


@pytest.mark.parametrize(
    "document",
    [
        "batch_norm",
        "layer_norm",
        {"type": "group_norm", "groups": 1},
        {"type": "maxout", "units": 1, "pieces": 1},
        {"type": "dense", "units": 1},
    ],
)
def test_a_gradient_of_many_positions_does_not_drift(document: Any) -> None:
    network = SequentialNetwork((512, 512, 2))
    network.add(document)
    tape = Tape(training=True, keeps=True)
    y = network.forward(np.ones((1, 512, 512, 2), np.float32), tape)
    _, gradients = network.head.backward(np.full_like(y, TENTH), tape)
    np.testing.assert_allclose(gradients["bias"], float(TENTH) * 512**2, rtol=5e-6)


def test_a_group_of_many_positions_has_mean_0_and_variance_1() -> None:
    network = SequentialNetwork((512, 512, 2))
    network.add({"type": "group_norm", "groups": 2})
    x = 5 + np.random.default_rng(0).standard_normal((1, 512, 512, 2), np.float32)
    y = network.forward(x, Tape()).astype(np.float64)
    np.testing.assert_allclose(y.mean(axis=(1, 2)), 0, atol=2e-6)
    np.testing.assert_allclose(y.var(axis=(1, 2)), 1, rtol=2e-5)


@pytest.mark.parametrize("weights", [None, np.ones(MANY)])
def test_the_loss_of_a_large_batch_does_not_drift(weights: Any) -> None:
    network = SequentialNetwork((1,), "mae")
    bias = {"type": "constant", "value": 0.1}
    network.add({"type": "dense", "units": 1, "weight_init": "zeros", "bias_init": bias})
    x = np.zeros((MANY, 1), np.float32)
    sgd = {"type": "sgd", "learning_rate": 1e-9}
    (record,) = network.fit(x, x, batch_size=MANY, weights=weights, optimizer=sgd)
    assert record["loss"] == pytest.approx(0.1, rel=1e-6)
