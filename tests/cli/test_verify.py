"""`netspec verify` and `netspec reproduce`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from netspec.assemble import build
from netspec.probe import INPUT, OUTPUT
from netspec.runs import train
from netspec.storage import load, save

from .conftest import SPEC


@pytest.fixture
def copy(trained: Path, folder: Path) -> Path:
    """A copy of the run, beside a copy of its data."""
    shutil.copytree(trained, folder / "run")
    return folder / "run"


def other_key(run: Path) -> None:
    """As if the model came from another machine."""
    path = run / "model.json"
    document = json.loads(path.read_text())
    document["provenance"]["bits"]["kernel"] = "another"
    path.write_text(json.dumps(document))


def test_a_model_that_was_just_trained_answers_with_the_same_bits(cli, trained: Path) -> None:
    done = cli("verify", trained)
    assert (done.exit_code, done.stdout) == (0, f"{trained}: same bits\n")
    found = json.loads(cli("verify", trained, "--json").stdout)
    assert found["verdict"] == "same bits"
    assert found["exact"]
    assert found["holds"]
    assert found["samples"] == 4


def answer_otherwise(monkeypatch: pytest.MonkeyPatch, by: float) -> None:
    from netspec.network import SequentialNetwork

    honest = SequentialNetwork.predict
    monkeypatch.setattr(
        SequentialNetwork, "predict", lambda self, x, **k: honest(self, x, **k) + np.float32(by)
    )


def test_under_one_bits_key_the_least_difference_is_one(
    cli, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_otherwise(monkeypatch, 1e-6)
    done = cli("verify", copy)
    assert done.exit_code == 4
    assert "the bits must be the same" in done.stderr


def test_under_another_bits_key_the_last_bits_are_free(
    cli, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_key(copy)
    answer_otherwise(monkeypatch, 1e-6)
    done = cli("verify", copy)
    assert done.exit_code == 0
    assert "same within tolerance: by up to" in done.stdout


def test_more_than_the_last_bits_is_4_and_says_by_how_much(
    cli, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_key(copy)
    answer_otherwise(monkeypatch, 0.25)
    done = cli("verify", copy, "--json")
    assert done.exit_code == 4
    assert json.loads(done.stdout)["difference"] == pytest.approx(0.25, rel=1e-5)
    assert f"different: by up to 0.25, at {OUTPUT}[" in done.stderr


def test_a_model_without_a_probe_cannot_be_asked(
    cli, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import netspec.storage

    monkeypatch.setattr(netspec.storage, "probe", lambda _: {INPUT: np.zeros((0, 4), np.float32)})
    save(load(copy), copy / "bare")
    assert cli("verify", copy / "bare").exit_code == 4


def test_a_run_is_reproduced_to_the_bit(cli, trained: Path) -> None:
    done = cli("reproduce", trained)
    assert done.exit_code == 0, done.stderr
    assert done.stdout == f"{trained}: same bits\n"
    assert json.loads(cli("reproduce", trained, "--json").stdout)["verdict"] == "same bits"


def test_a_model_that_the_record_does_not_explain_differs(cli, copy: Path) -> None:
    """Its weights were changed after training."""
    path = copy / "model.json"
    document = json.loads(path.read_text())
    document["training"]["optimizer"]["learning_rate"] = 0.2
    path.write_text(json.dumps(document))
    done = cli("reproduce", copy)
    assert done.exit_code == 4
    assert "trained again, the weights differ: different: by up to" in done.stderr


def test_other_data_are_refused_before_anything_is_trained(cli, copy: Path) -> None:
    x = np.zeros((200, 4), np.float32)
    other = copy.parent / "other"
    other.mkdir()
    names = {"x_train": x, "y_train": np.ones(200, int), "x_test": x, "y_test": np.ones(200, int)}
    np.savez(other / "data.npz", **names)
    done = cli("reproduce", copy, "--data-root", other)
    assert done.exit_code == 5
    assert "not those that the model was trained on" in done.stderr
    assert "epoch" not in done.stderr


def test_what_was_started_from_other_weights_is_refused(cli, folder: Path, trained: Path) -> None:
    cli("train", "spec.json", "--out", "run", "--from", trained)
    done = cli("reproduce", "run")
    assert done.exit_code == 4
    assert "--from" in done.stderr


def test_what_was_trained_on_arrays_is_refused(cli, folder: Path) -> None:
    from netspec.kinds import Data, Part

    training = {**SPEC["training"], "data": "arrays", "validation": None}
    part = Part(np.zeros((8, 4), np.float32), np.zeros(8, np.int64))
    train({**SPEC, "training": training}, out="run", data=Data(part))
    done = cli("reproduce", "run")
    assert done.exit_code == 4
    assert "arrays that Python handed over" in done.stderr


def test_what_no_training_made_is_refused(cli, folder: Path) -> None:
    save(build(SPEC), "model")
    done = cli("reproduce", "model")
    assert done.exit_code == 4
    assert "not made by netspec train" in done.stderr
