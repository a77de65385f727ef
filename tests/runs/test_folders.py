"""The folder of a run: one process at a time, never somebody else's."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from netspec import ModelError, RunLocked, SaveError, files, load, save
from netspec.runs.folders import claim_numbered


def slow(training: Any, moment: str) -> None:
    time.sleep(0.01)


def wait_for(path: Path) -> None:
    end = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_second_training_in_the_folder_is_refused_naming_the_first(
    trial: Any, fork: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = trial(epochs=10**6, callbacks=[])
    first = fork(lambda: endless.train() and 0)
    wait_for(trial().out / "history.jsonl")
    monkeypatch.setattr(files, "PATIENCE", 0.2)
    for options in ({"overwrite": True}, {"resume": True}):
        with pytest.raises(RunLocked, match=f"process {first.pid}") as caught:
            endless.train(**options)
        assert caught.value.exit_code == 8
    assert first.kill() == -9
    endless.changed(epochs=1).train(overwrite=True)


def test_one_that_waited_until_the_first_was_done_does_not_train_over_it(
    trial: Any, fork: Any
) -> None:
    trial().called("done").train()
    trial().out.mkdir()

    def child() -> None:
        with files.locked(trial().out):
            time.sleep(0.3)
            shutil.copytree(trial().called("done").out, trial().out, dirs_exist_ok=True)

    first = fork(child)
    wait_for(trial().out / ".netspec.holder")
    with pytest.raises(SaveError, match="holds a run already"):
        trial().train()
    assert first.wait() == 0
    assert trial().contents() == trial().called("done").contents()


def test_of_two_that_resume_one_run_the_second_finds_it_done(trial: Any, fork: Any) -> None:
    trial(epochs=1).train()
    children = [
        fork(lambda: trial("adam", epochs=1).train(resume=True, listener=slow) and 0)
        for _ in range(2)
    ]
    assert [child.wait() for child in children] == [0, 0]
    assert [record["epoch"] for record in trial().history()] == [1]


def test_four_trainings_at_once_without_a_folder_get_one_each(
    trial: Any, fork: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    children = [fork(lambda: trial(epochs=1).train(out=None) and 0) for _ in range(4)]
    assert [child.wait() for child in children] == [0, 0, 0, 0]
    names = ["tiny", "tiny-2", "tiny-3", "tiny-4"]
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == names
    for name in names:
        here = trial().called(f"runs/{name}")
        assert len(here.history()) == 1
        assert load(here.out).epoch == 1
        assert here.digest() == trial().called("runs/tiny").digest()


def test_numbers_that_are_taken_are_passed_by(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a-2").write_text("a file")
    assert claim_numbered(tmp_path, "a").name == "a-3"


def test_an_empty_folder_is_taken(trial: Any) -> None:
    trial().out.mkdir()
    assert trial().train().folder == trial().out


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("name", ["notes.txt", "checkpoint/notes.txt", "weights-mine.safetensors"])
def test_a_foreign_folder_is_refused_and_not_touched(
    name: str, overwrite: bool, trial: Any
) -> None:
    (trial().out / name).parent.mkdir(parents=True)
    (trial().out / name).write_text("mine")
    for resume in (False, True):
        with pytest.raises(SaveError, match=r"not netspec's.*callback.*\"files\"") as caught:
            trial().train(overwrite=overwrite, resume=resume)
        assert caught.value.exit_code == 8
    assert [str(path.relative_to(trial().out)) for path in trial().out.rglob("*.*")] == [name]


def test_what_the_callbacks_of_the_old_run_wrote_goes_with_it(trial: Any) -> None:
    trial(epochs=1, callbacks=["csv_log", "rate_log"]).train()
    assert {"history.csv", "rates.csv"} <= set(trial().contents())
    plain = trial(epochs=1, callbacks=[])
    with pytest.raises(SaveError, match="holds a run already"):
        plain.train()
    plain.train(overwrite=True)
    assert not {"history.csv", "rates.csv"} & set(trial().contents())
    (trial().out / "history.csv").write_text("mine")
    with pytest.raises(SaveError, match=r"history\.csv.*not netspec's"):
        plain.train(overwrite=True)


def test_a_model_without_a_checkpoint_is_no_run_to_resume(trial: Any) -> None:
    save(trial(epochs=1).called("source").train().network, trial().out)
    for resume in (False, True):
        with pytest.raises(SaveError, match="a model and no checkpoint.*--from"):
            trial().train(resume=resume)
    trial(epochs=1).train(overwrite=True)


def test_a_run_without_a_model_says_how_it_gets_one(trial: Any) -> None:
    trial(epochs=1).train()
    (trial().out / "model.json").unlink()
    with pytest.raises(ModelError, match=r"has no model yet: go on with .*--resume"):
        load(trial().out)


def test_a_finished_run_is_refused_without_saying_what_to_do_with_it(trial: Any) -> None:
    trial().train()
    before = trial().contents()
    with pytest.raises(SaveError, match="--resume.*--overwrite"):
        trial().train()
    assert trial().contents() == before


def test_a_saved_model_is_not_trained_over(trial: Any) -> None:
    run = trial().train()
    save(run.network, trial().folder / "saved")
    before = trial().called("saved").contents()
    with pytest.raises(SaveError, match="holds a model"):
        trial().called("saved").train()
    assert trial().called("saved").contents() == before


def test_overwrite_gives_what_a_fresh_folder_would_hold(trial: Any) -> None:
    fresh = trial("sgd").called("fresh")
    fresh.train()
    trial("adam").train()
    trial("sgd").train(overwrite=True)
    names = {name for name in fresh.contents() if not name.startswith("checkpoint/run")}
    assert trial().contents().keys() == fresh.contents().keys()
    assert all(trial().contents()[name] == fresh.contents()[name] for name in names)


def test_what_a_process_left_that_died_before_its_first_checkpoint_is_taken_over(
    trial: Any,
) -> None:
    (trial().out / "checkpoint").mkdir(parents=True)
    (trial().out / "checkpoint" / ".tmp-netspec-1-run.json").write_bytes(b"{")
    (trial().out / ".netspec.holder").write_text("1")
    trial().train()
    assert not list(trial().out.rglob(".tmp-*"))


def test_data_that_do_not_fit_leave_no_folder(trial: Any) -> None:
    wrong = trial()
    wrong.spec["input_shape"] = [5]
    with pytest.raises(Exception, match="shape"):
        wrong.train()
    assert not wrong.out.exists()


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("epoch", [0, 2])
def test_a_folder_that_may_not_be_written_ends_the_training_with_a_save_error(
    epoch: int, trial: Any, fork: Any
) -> None:
    """Before the first step where that is known, and never as if all had gone well."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        (home / "data.npz").write_bytes((trial().folder / "data.npz").read_bytes())
        (home / "run").mkdir()
        os.chmod(home, 0o777)
        if os.getuid() == 0:
            os.chown(home / "run", 65534, 65534)
        os.chmod(home / "run", 0o777 if epoch else 0o555)
        steps: list[int] = []

        def listener(training: Any, moment: str) -> None:
            steps.append(training.step)
            if training.epoch == epoch:
                for folder in (home / "run", home / "run" / "checkpoint"):
                    folder.chmod(0o555)

        def child() -> int:
            if os.getuid() == 0:
                os.setuid(65534)
            with pytest.raises(SaveError, match="allow writing") as caught:
                trial().train(out=home / "run", data_root=home, listener=listener)
            assert bool(steps) is bool(epoch)
            return caught.value.exit_code

        assert fork(child).wait() == 8
        for folder in home.rglob("."):
            folder.chmod(0o755)
