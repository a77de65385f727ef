"""`netspec evaluate`."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest


def document(run: Path) -> dict:
    return json.loads((run / "model.json").read_text())


def values(done) -> dict:
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_the_test_part_gives_the_very_numbers_of_the_training(cli, trained: Path) -> None:
    found = values(cli("evaluate", trained, "--json"))
    assert found["part"] == "test"
    assert found["samples"] == 100
    assert found["values"] == document(trained)["trained"]["test"]


def test_the_validation_part_is_the_one_of_the_training_to_the_bit(cli, trained: Path) -> None:
    found = values(cli("evaluate", trained, "--part", "validation", "--json"))
    last = json.loads((trained / "history.jsonl").read_text().splitlines()[-1])
    assert found["samples"] == 20
    assert found["values"] == {"loss": last["val_loss"], "accuracy": last["val_accuracy"]}


def test_without_json_it_is_one_line(cli, trained: Path) -> None:
    done = cli("evaluate", trained / "model.json", "--part", "train")
    assert done.stdout.startswith("train (180 samples): loss 0.")


def test_without_a_test_part_the_validation_part_is_judged(cli, folder: Path) -> None:
    cli("train", "spec.json", "--out", "run", "--set", "training.data.test=null")
    assert values(cli("evaluate", "run", "--json"))["part"] == "validation"


def test_with_neither_it_is_refused_with_what_there_is(cli, folder: Path) -> None:
    neither = ["--set", "training.data.test=null", "--set", "training.validation=null"]
    cli("train", "spec.json", "--out", "run", *neither)
    done = cli("evaluate", "run")
    assert done.exit_code == 5
    assert "--part (there is: train)" in done.stderr


def test_a_model_that_moved_finds_its_data_and_the_data_root_overrides(cli, folder: Path) -> None:
    """The run recorded where its data are."""
    cli("train", "spec.json", "--out", "run")
    (folder / "deep").mkdir()
    (folder / "run").rename(folder / "deep" / "run")
    assert cli("evaluate", "deep/run").exit_code == 0
    assert cli("evaluate", "deep/run", "--data-root", "deep").exit_code == 5


OTHER = '{"type": "npz", "path": "data.npz", "train": ["x_test", "y_test"]}'


def test_other_data_keep_their_own_parts(cli, folder: Path, trained: Path) -> None:
    refused = cli("evaluate", trained, "--data", OTHER)
    assert refused.exit_code == 5
    found = values(cli("evaluate", trained, "--data", OTHER, "--part", "train", "--json"))
    assert found["samples"] == 100
    assert found["values"] == document(trained)["trained"]["test"]


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        ('{"type": "npz"', 3, "--data:1:"),
        ('{"type": "npz", "path": NaN}', 3, "--data:1:25"),
        ('{"type": "npz", "pth": "a"}', 3, "--data:1:17: /pth"),
        ("nzp", 3, 'did you mean "npz"?'),
        ('{"type": "npz", "path": "../a.npz"}', 3, "--data:1:25: /path"),
        ('{"type": "npz", "path": "nowhere.npz"}', 5, "nowhere.npz"),
        ("arrays", 5, "arrays"),
        ("npz", 3, "--data: /path"),
        ("nowhere.csv", 3, '"nowhere.csv" names a file, and no dataset; say how it is read'),
    ],
)
def test_other_data_are_refused_as_they_are_in_a_spec(
    cli, folder: Path, trained: Path, data: str, code: int, said: str
) -> None:
    done = cli("evaluate", trained, "--data", data)
    assert done.exit_code == code, done.stderr
    assert said in done.stderr


def test_a_file_in_place_of_a_dataset_is_told_how_the_models_own_would_read_it(
    cli, folder: Path, trained: Path
) -> None:
    done = cli("evaluate", trained, "--data", "data.npz")
    said = shlex.split(done.stderr.partition("--data ")[2])[0]
    own = {"type": "npz", "path": "data.npz", "test": ["x_test", "y_test"]}
    assert json.loads(said) == own
    assert cli("evaluate", trained, "--data", said).exit_code == 0


@pytest.mark.parametrize("command", ["evaluate", "verify", "reproduce", "predict"])
def test_a_model_that_is_not_there_is_4(cli, folder: Path, command: str) -> None:
    done = cli(command, "nowhere", *(["x.json"] if command == "predict" else []))
    assert done.exit_code == 4
    assert '"nowhere" does not exist' in done.stderr
