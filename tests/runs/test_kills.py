"""A training that is killed, at whatever moment, ends with the bits of one that was left alone."""

from __future__ import annotations

import math
import os
import random
import signal
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

import netspec.runs.running as running
from netspec.limits import Limits
from netspec.runs import checkpoint
from netspec.training import Training

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def assert_as_if_left_alone(killed: Any, whole: Any) -> None:
    assert killed.digest() == whole.digest()
    assert killed.history() == whole.history()
    assert [record["epoch"] for record in killed.history()] == [1, 2, 3, 4]
    assert len({tuple(record) for record in killed.history()}) == 1
    assert not [name for name in killed.contents() if ".tmp-" in name]
    assert sum(name.endswith(".safetensors") for name in killed.contents()) == 2


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_killed_after_any_step_chunk_or_epoch(optimizer: str, trial: Any, fork: Any) -> None:
    """Each process gets one moment further than it began, then it is killed: 40 lives."""
    whole = trial(optimizer).called("whole")
    whole.train()
    killed = trial(optimizer, checkpoint_steps=1)

    def life() -> None:
        heard: list[str] = []

        def listener(training: Training, moment: str) -> None:
            heard.append(moment)
            if len(heard) == 2:
                die()

        killed.train(resume=True, listener=listener)

    codes = []
    while not codes or codes[-1]:
        codes.append(fork(life).wait())
        assert len(codes) < 60
    assert set(codes) == {0, -9}
    assert len(codes) > 20
    assert_as_if_left_alone(killed, whole)


@pytest.mark.parametrize("moment", ["step", "chunk", "epoch"])
@pytest.mark.parametrize("at", [1, 3])
def test_killed_at_a_moment_between_two_checkpoints(
    moment: str, at: int, trial: Any, fork: Any
) -> None:
    whole = trial().called("whole")
    whole.train()

    def life() -> None:
        heard: list[str] = []

        def listener(training: Training, now: str) -> None:
            heard.append(now)
            if heard.count(moment) == at:
                die()

        trial().train(listener=listener)

    assert fork(life).wait() == -9
    trial().train(resume=True)
    assert_as_if_left_alone(trial(), whole)


def before(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, at: int) -> None:
    """Die in place of the n-th call."""
    call: Callable[..., Any] = getattr(owner, name)
    left = count(1)

    def dying(*arguments: Any, **options: Any) -> Any:
        if next(left) == at:
            die()
        return call(*arguments, **options)

    monkeypatch.setattr(owner, name, dying)


@pytest.mark.parametrize(
    ("owner", "name", "at"),
    [
        pytest.param(running.history, "append", 3, id="before a line of the history"),
        pytest.param(running, "_checkpoint", 4, id="between that line and the checkpoint"),
        pytest.param(running, "_test", 1, id="before the test"),
        pytest.param(running, "write_model", 1, id="before the model is saved"),
        pytest.param(running.checkpoint, "finish", 1, id="before the run is marked as over"),
    ],
)
def test_killed_between_two_writes(owner: Any, name: str, at: int, trial: Any, fork: Any) -> None:
    whole = trial().called("whole")
    whole.train()
    killed = trial(checkpoint_steps=None)

    def life() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(running._Pace, "_SHARE", math.inf)
            before(patch, owner, name, at)
            killed.train()

    assert fork(life).wait() == -9
    killed.train(resume=True)
    assert_as_if_left_alone(killed, whole.changed(checkpoint_steps=None))


def test_killed_where_epochs_are_too_short_to_leave_a_checkpoint(trial: Any, fork: Any) -> None:
    """Three lines of the history are past the checkpoint, which is that of the beginning."""
    whole = trial().called("whole")
    whole.train()
    killed = trial(checkpoint_steps=None)

    def life() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(running._Pace, "_SHARE", -1)
            before(patch, running.history, "append", 4)
            killed.train()

    assert fork(life).wait() == -9
    assert len(killed.history()) == 3
    assert checkpoint.read(killed.out, Limits()).values["epoch"] == 0
    killed.train(resume=True)
    assert_as_if_left_alone(killed, whole.changed(checkpoint_steps=None))


def test_checkpoints_take_a_twentieth_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(running, "perf_counter", lambda: now)
    pace = running._Pace()
    assert pace.allows()
    with pace:
        now += 0.01
    now += 0.18
    assert not pace.allows()
    now += 0.02
    assert pace.allows()


def kill_at_calls(every: int, trial: Any, fork: Any, die_at: Any) -> None:
    whole = trial("momentum", epochs=2).called("whole")
    whole.train()
    digest, history = whole.digest(), whole.history()
    for number in count(1, every):
        killed = trial("momentum", epochs=2).called(f"killed-{number}")

        def life(number: int = number, killed: Any = killed) -> None:
            die_at(killed.out, number)
            killed.train()

        code = fork(life).wait()
        if code == 0:
            break
        assert code == -9
        killed.train(resume=True)
        assert (killed.digest(), killed.history()) == (digest, history), number
    assert number > 40


def test_killed_at_calls_that_change_the_disk(trial: Any, fork: Any, die_at: Any) -> None:
    kill_at_calls(5, trial, fork, die_at)


@pytest.mark.slow
def test_killed_at_any_call_that_changes_the_disk(trial: Any, fork: Any, die_at: Any) -> None:
    kill_at_calls(1, trial, fork, die_at)


def kill_at_random(optimizer: str, times: int, trial: Any, fork: Any) -> None:
    whole = trial(optimizer).called("whole")
    start = time.monotonic()
    whole.train()
    took = time.monotonic() - start
    rng = random.Random(times)
    for number in range(times):
        killed = trial(optimizer).called(f"killed-{number}")
        child = fork(lambda killed=killed: killed.train() and 0)
        time.sleep(rng.uniform(0, took))
        child.kill()
        killed.train(resume=True)
        assert_as_if_left_alone(killed, whole)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_killed_at_random_moments(optimizer: str, trial: Any, fork: Any) -> None:
    kill_at_random(optimizer, 4, trial, fork)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_killed_at_fifty_random_moments(optimizer: str, trial: Any, fork: Any) -> None:
    kill_at_random(optimizer, 50, trial, fork)


def test_a_torn_last_line_of_the_history_is_cut(trial: Any, fork: Any) -> None:
    whole = trial().called("whole")
    whole.train()

    def life() -> None:
        trial().train(listener=lambda training, moment: die() if training.epoch == 2 else None)

    assert fork(life).wait() == -9
    with (trial().out / "history.jsonl").open("ab") as file:
        file.write(b'{"epoch": 3, "lo')
    trial().train(resume=True)
    assert_as_if_left_alone(trial(), whole)
