"""Callbacks: when they stop, what they keep, and how they lower the rate."""

from __future__ import annotations

import math
import threading
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec import (
    Callback,
    CallbackSpec,
    EarlyStopping,
    NetspecWarning,
    PluginError,
    ReduceOnPlateau,
    SequentialNetwork,
    TimeLimit,
    TrainingView,
)
from netspec.builtins.callbacks.watching import improves, monitored


class View:
    """What a callback sees of a training, without one."""

    def __init__(self, better: str = "lower") -> None:
        self.better_is = better
        self.epoch = 0
        self.records: list[dict[str, Any]] = []
        self.stopped = ""
        self.factor = 1.0
        self.offered: list[int] = []

    def better(self, key: str) -> str:
        return self.better_is

    def stop(self, reason: str) -> None:
        self.stopped = self.stopped or f"{reason} after {self.epoch}"

    def scale_rate(self, factor: float) -> None:
        self.factor *= factor

    def weights(self) -> Any:
        return self.epoch

    def offer(self, weights: Any) -> None:
        self.offered.append(weights)


def run(spec: Any, values: list[float], better: str = "lower") -> View:
    """Let a callback see one value an epoch, until it stops."""
    view: Any = View(better)
    callback = spec.build()
    callback.before(view)
    for view.epoch, value in enumerate(values, 1):
        record = {"epoch": view.epoch, "val_loss": value}
        view.records.append(record)
        callback.after_epoch(view, record)
        if view.stopped:
            break
    return view


@pytest.mark.parametrize(
    ("patience", "values", "stopped", "best"),
    [
        (1, [3, 2, 1, 1], "early_stopping after 4", 3),
        (2, [3, 2, 4, 1, 5, 5], "early_stopping after 6", 4),
        (0, [3, 3], "early_stopping after 2", 1),
        (5, [3, 3, 3], "", 1),
        (1, [math.nan, 2, math.nan], "early_stopping after 1", None),
        (2, [math.nan, 2, math.nan, 1, 1, 1], "early_stopping after 6", 4),
    ],
)
def test_early_stopping_waits_for_patience_epochs_and_keeps_the_earlier_of_equal_bests(
    patience: int, values: list[float], stopped: str, best: int | None
) -> None:
    view = run(EarlyStopping(patience=patience), values)
    assert view.stopped == stopped
    assert (view.offered[-1] if view.offered else None) == best


def test_what_is_better_higher_is_watched_the_other_way_round() -> None:
    assert run(EarlyStopping(patience=9), [0.5, 0.9, 0.7], "higher").offered == [1, 2]


def test_an_improvement_below_min_delta_is_none() -> None:
    assert run(EarlyStopping(patience=9, min_delta=0.5), [3, 2.6, 2.4]).offered == [1, 3]


def test_nothing_is_best_that_does_not_beat_the_baseline() -> None:
    assert run(EarlyStopping(patience=9, baseline=2.0), [3, 2, 1.5]).offered == [3]


def test_without_restore_best_nothing_is_offered() -> None:
    assert run(EarlyStopping(patience=1, restore_best=False), [3, 2, 2]).offered == []


@given(st.lists(st.floats(0, 10) | st.just(math.nan), max_size=20), st.integers(1, 4))
def test_the_weights_that_are_kept_are_those_of_the_first_smallest_value(
    values: list[float], patience: int
) -> None:
    view = run(EarlyStopping(patience=patience), values)
    seen = [value for value in values[: view.epoch] if not math.isnan(value)]
    assert bool(view.offered) is bool(seen)
    if seen:
        assert view.offered[-1] == values.index(min(seen)) + 1


def test_the_rate_falls_after_more_than_patience_epochs_and_not_below_the_least() -> None:
    spec = ReduceOnPlateau(patience=1, factor=0.5, minimum_factor=0.3)
    assert run(spec, [1, 1, 1]).factor == 0.5
    assert run(spec, [1, 1]).factor == 1.0
    assert run(spec, [1] * 9).factor == pytest.approx(0.3)


def test_after_a_reduction_it_cools_down() -> None:
    spec = ReduceOnPlateau(patience=0, factor=0.5, cooldown=2)
    assert [run(spec, [1] * n).factor for n in range(1, 7)] == [1, 0.5, 0.5, 0.5, 0.25, 0.25]


def test_nan_is_no_improvement_and_a_list_is_not_a_number() -> None:
    assert run(ReduceOnPlateau(patience=0, factor=0.5), [math.nan]).factor == 0.5
    assert math.isnan(monitored({"a": [1, 2]}, "a"))
    assert math.isnan(monitored({}, "a"))
    assert not improves(math.nan, None, "lower", 0)


def test_a_time_limit_counts_what_earlier_processes_took(monkeypatch: pytest.MonkeyPatch) -> None:
    import netspec.builtins.callbacks.time_limit as module

    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(module, "monotonic", lambda: clock.now)
    view: Any = View()
    callback = TimeLimit(seconds=10.0).build()
    callback.state["spent"] = 6.0
    clock.now = 500.0
    callback.before(view)
    for clock.now, stopped in ((503.0, ""), (504.0, "time_limit after 0")):
        callback.after_step(view, 0.0)
        assert view.stopped == stopped


# In a training.

X = np.random.default_rng(0).normal(size=(8, 3))


def network() -> SequentialNetwork:
    made = SequentialNetwork((3,), "mse", seed=2)
    made.add({"type": "dense", "units": 3})
    return made


def weights(made: SequentialNetwork) -> dict[str, bytes]:
    return {path: array.tobytes() for path, array in made.params().items()}


RISING = {"type": "sgd", "learning_rate": 3.0}


@pytest.mark.parametrize("ends", ["epochs", "itself", "another", "interrupt"])
def test_the_best_weights_are_given_whatever_ended_the_training(ends: str) -> None:
    """With a rate that is too high the first epoch is the best."""
    best, made = network(), network()
    best.fit(X, X, optimizer=RISING)
    callbacks: list[Any] = [
        {"type": "early_stopping", "monitor": "loss", "patience": 2 if ends == "itself" else 99}
    ]
    if ends == "another":
        other = {"type": "early_stopping", "monitor": "loss", "patience": 3, "restore_best": False}
        callbacks.append(other)

    def progress(training: Any) -> None:
        if ends == "interrupt" and training.epoch == 4:
            import os
            import signal

            os.kill(os.getpid(), signal.SIGINT)

    try:
        made.fit(X, X, epochs=6, optimizer=RISING, callbacks=callbacks, progress=progress)
    except KeyboardInterrupt:
        assert ends == "interrupt"
    assert weights(made) == weights(best)
    assert made.epoch == {"epochs": 6, "itself": 3, "another": 4, "interrupt": 4}[ends]


def test_a_baseline_that_is_never_reached_keeps_the_last_weights_and_says_so() -> None:
    made, other = network(), network()
    other.fit(X, X, epochs=3, optimizer="sgd")
    callbacks = [{"type": "early_stopping", "monitor": "loss", "baseline": 0.0, "patience": 9}]
    with pytest.warns(NetspecWarning, match=r"loss was never better than 0\.0: the last weights"):
        made.fit(X, X, epochs=3, optimizer="sgd", callbacks=callbacks)
    assert weights(made) == weights(other)


def test_the_history_tells_the_rate_that_the_plateau_left() -> None:
    callbacks = [{"type": "reduce_on_plateau", "monitor": "loss", "patience": 0, "factor": 0.5}]
    records = network().fit(X, X, epochs=4, optimizer=RISING, callbacks=callbacks)
    assert [record["learning_rate"] for record in records] == [3.0, 3.0, 1.5, 0.75]


class Offering(CallbackSpec):
    """Offers, after the first epoch, what a test says of the network's own arrays."""

    type: Literal["offering"] = "offering"

    def restoring(self) -> bool:
        return True

    def build(self) -> OfferingCallback:
        return OfferingCallback(self)


class OfferingCallback(Callback[Offering]):
    given: Any = dict

    def after_epoch(self, training: TrainingView, record: Any) -> None:
        if record["epoch"] == 1:
            training.offer(type(self).given(training.network.params()))


def test_what_is_offered_stays_as_it_was_when_it_was_offered() -> None:
    """Also where it is the network's own arrays that are offered."""
    best, made = network(), network()
    best.fit(X, X, optimizer="sgd")
    made.fit(X, X, epochs=3, optimizer="sgd", callbacks=[Offering()])
    assert weights(made) == weights(best)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda own: {**own, "dense_9.bias": own["dense_1.bias"]}, '"dense_9.bias", which the'),
        (lambda own: {**own, "dense_1.bias": np.zeros(4)}, r"dense_1.bias have the shape \(4,\);"),
    ],
)
def test_what_the_network_does_not_have_is_refused_when_it_is_offered(
    given: Any, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OfferingCallback, "given", staticmethod(given))
    made = network()
    with pytest.raises(PluginError, match=said):
        made.fit(X, X, epochs=3, optimizer="sgd", callbacks=[Offering()])
    assert made.epoch == 1


def test_two_trainings_at_once_share_no_callback() -> None:
    spec = EarlyStopping(monitor="loss", patience=99)
    made = [network() for _ in range(4)]
    threads = [
        threading.Thread(
            target=lambda each=each: each.fit(X, X, epochs=3, optimizer="sgd", callbacks=[spec])
        )
        for each in made
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({str(weights(each)) for each in made}) == 1
