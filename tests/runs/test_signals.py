"""Ctrl-C and SIGTERM: the batch ends, what is needed is written, and the run goes on from there."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import netspec.runs.running as running
from netspec import Interrupted, Run, files, load
from netspec.signals import Interruption
from netspec.training import Training

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def sending(
    number: int, moment: str = "step", step: int = 10, times: int = 1
) -> Callable[[Training, str], None]:
    """A listener that sends this process a signal, once, at a moment from a step on."""
    left = [times]

    def listener(training: Training, now: str) -> None:
        while left[0] and now == moment and training.step >= step:
            left[0] -= 1
            os.kill(os.getpid(), number)

    return listener


@pytest.fixture(autouse=True)
def _handlers_are_put_back() -> Any:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["step", "chunk", "epoch"])
def test_a_signal_ends_the_batch_and_what_is_written_goes_on_to_the_same_bits(
    number: int, moment: str, trial: Any
) -> None:
    whole = trial().called("whole")
    whole.train()
    with pytest.raises(Interrupted) as caught:
        trial().train(listener=sending(number, moment))
    assert caught.value.signal == number
    assert caught.value.folder == trial().out
    assert trial().step() in {11, 14, 15}
    assert load(trial().out).step == trial().step()
    trial().train(resume=True)
    assert trial().digest() == whole.digest()
    assert trial().history() == whole.history()


@pytest.mark.parametrize(("name", "step"), [("_checkpoint", 0), ("_steps", 1)])
def test_an_interrupt_before_the_first_batch_leaves_a_folder_that_trains(
    name: str, step: int, trial: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before there is a checkpoint it leaves at once; once training has begun, after one batch."""
    whole = trial().called("whole")
    whole.train()
    call = getattr(running, name)

    def interrupted(*arguments: Any) -> Any:
        monkeypatch.undo()
        os.kill(os.getpid(), signal.SIGINT)
        return call(*arguments)

    monkeypatch.setattr(running, name, interrupted)
    with pytest.raises(KeyboardInterrupt):
        trial().train()
    assert (trial().step() if step else 0) == step
    trial().train(resume=True)
    assert trial().digest() == whole.digest()
    assert trial().history() == whole.history()


def test_interrupted_is_a_keyboard_interrupt(trial: Any) -> None:
    with pytest.raises(KeyboardInterrupt, match="--resume"):
        trial().train(listener=sending(signal.SIGINT))


def test_a_second_interrupt_leaves_at_once_with_the_last_checkpoint_whole(trial: Any) -> None:
    whole = trial().called("whole")
    whole.train()
    with pytest.raises(KeyboardInterrupt) as caught:
        trial().train(listener=sending(signal.SIGINT, times=2))
    assert not isinstance(caught.value, Interrupted)
    assert trial().step() == 9
    trial().train(resume=True)
    assert trial().digest() == whole.digest()


@pytest.mark.parametrize("times", [1, 2])
def test_an_interrupt_in_the_middle_of_a_write_leaves_no_half_file(
    times: int, trial: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trial().called("whole")
    whole.train()
    replace, calls = os.replace, [0]

    def interrupting(source: Any, target: Any) -> None:
        calls[0] += 1
        if calls[0] == 6:
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", interrupting)
    with pytest.raises(KeyboardInterrupt):
        trial().train()
    monkeypatch.undo()
    assert not [name for name in trial().contents() if ".tmp-" in name]
    trial().train(resume=True)
    assert trial().digest() == whole.digest()
    assert trial().history() == whole.history()


def test_an_interrupt_at_the_very_end_is_not_lost_and_the_run_is_complete(trial: Any) -> None:
    with pytest.raises(Interrupted):
        trial().train(listener=sending(signal.SIGINT, "epoch", 28))
    assert trial().train(resume=True).already


def test_the_best_weights_are_given_and_the_checkpoint_stays_the_last(trial: Any) -> None:
    callbacks = [{"type": "early_stopping", "monitor": "loss", "min_delta": 9.0, "patience": 99}]
    first = trial("sgd", epochs=1, callbacks=[]).called("first")
    first.train()
    with pytest.raises(Interrupted):
        trial("sgd", callbacks=callbacks).train(listener=sending(signal.SIGINT, step=17))
    mine, best = load(trial().out), load(first.out)
    for path, array in best.params().items():
        assert array.tobytes() == mine.params()[path].tobytes(), path
    assert trial().step() == 18


def test_training_works_in_a_thread_that_may_not_set_handlers(trial: Any) -> None:
    trial().called("whole").train()
    runs: list[Run] = []
    thread = threading.Thread(target=lambda: runs.append(trial().train()))
    thread.start()
    thread.join()
    assert runs[0].ended == "epochs"
    assert trial().digest() == trial().called("whole").digest()


def test_a_handler_that_python_did_not_set_is_put_back_as_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[Any] = []

    def foreign(number: int, handler: Any) -> None:
        given.append(handler)

    monkeypatch.setattr(signal, "signal", foreign)
    with Interruption():
        pass
    assert given[-1] == signal.SIG_DFL


def test_another_process_is_heard_in_a_long_run(trial: Any, fork: Any) -> None:
    """SIGTERM as a scheduler sends it, while nobody counts steps."""

    def child() -> int:
        try:
            trial(epochs=10**6).train()
        except Interrupted as interrupted:
            return 128 + interrupted.signal
        return 0

    training = fork(child)
    end = time.monotonic() + 30
    while not (trial().out / "history.jsonl").exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    assert training.kill(signal.SIGTERM) == 143
    assert load(trial().out).step == trial().step()
