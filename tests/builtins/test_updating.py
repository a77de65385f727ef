"""What the loop does to an optimizer's slots: nothing fades into numbers that nobody can add fast."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from netspec import OptimizerSpec, SequentialNetwork, builtins, updating
from netspec.updating import Updater

TYPES = sorted(builtins.netspec_optimizers())
STEPS = 1600


def subnormal(values: Any) -> Any:
    return (values != 0) & (np.abs(values) < np.finfo(values.dtype).tiny)


@pytest.mark.parametrize("written", [*TYPES, {"type": "sgd", "momentum": 0.9}], ids=str)
@pytest.mark.parametrize("shape", [(3, 4), (200, 100)], ids=["in the arena", "alone"])
def test_a_gradient_that_stays_away_leaves_no_subnormal_numbers(
    written: Any, shape: tuple[int, ...], make: Any
) -> None:
    params = {"weight": np.ones(shape, np.float32), "bias": np.ones(shape[0], np.float32)}
    updater = Updater(make(OptimizerSpec, written).build(), params, {})
    for t in range(1, STEPS + 1):
        gradients = {
            path: np.full_like(array, 1e-3 if t == 1 else 0) for path, array in params.items()
        }
        assert updater.apply(gradients, 0.01, t)
    assert STEPS % updating._SWEEP == 0
    assert not any(subnormal(slot).any() for slot in updater.slots().values())


def test_without_the_sweep_adam_would_be_left_with_them(
    monkeypatch: pytest.MonkeyPatch, make: Any
) -> None:
    monkeypatch.setattr(updating, "_SWEEP", 10**9)
    updater = Updater(make(OptimizerSpec, "adam").build(), {"w": np.ones(3, np.float32)}, {})
    for t in range(1, STEPS + 1):
        updater.apply({"w": np.full(3, 1e-3 if t == 1 else 0, np.float32)}, 0.01, t)
    assert subnormal(updater.slots()["w/mean"]).all()


@pytest.mark.parametrize("optimizer", ["adam", {"type": "sgd", "momentum": 0.9}])
def test_the_sweep_changes_no_bit_of_a_training(
    optimizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((640, 6)).astype(np.float32)
    x[:, 0] = 0
    x[5, 0] = 1
    y = (x[:, 1] > x[:, 2]).astype(np.int64)
    arrays = []
    for every in (updating._SWEEP, 10**9):
        monkeypatch.setattr(updating, "_SWEEP", every)
        network = SequentialNetwork((6,), "cross_entropy", seed=1)
        network.add({"type": "dense", "units": 5, "activation": "tanh"})
        network.add({"type": "dense", "units": 2, "activation": "softmax"})
        written = {"type": optimizer} if isinstance(optimizer, str) else optimizer
        network.fit(x, y, epochs=60, batch_size=32, optimizer={**written, "learning_rate": 0.01})
        arrays.append(network.params())
    for path, array in arrays[0].items():
        np.testing.assert_array_equal(array, arrays[1][path])


def test_many_parameters_are_taken_in_in_time_that_grows_as_they_do(make: Any) -> None:
    optimizer = make(OptimizerSpec, "adam").build()

    def taken(count: int) -> float:
        params = {f"layer_{at}.bias": np.ones(2, np.float32) for at in range(count)}
        start = time.process_time()
        Updater(optimizer, params, {})
        return time.process_time() - start

    short, long = (min(taken(count) for _ in range(5)) for count in (500, 16_000))
    assert long < 4 * 32 * short
