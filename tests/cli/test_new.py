"""`netspec new`: what it writes works as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

KINDS = [
    "layer",
    "activation",
    "loss",
    "initializer",
    "regularizer",
    "optimizer",
    "schedule",
    "metric",
    "dataset",
    "callback",
]


NEW = "netspec new plugin wave " + " ".join(f"--{kind}" for kind in KINDS)


def develop(environment: Any) -> str:
    """What the author of a new plugin of every kind does first; what `netspec check` prints."""
    for line in (NEW, "cd netspec-wave", 'pip install -e ".[test]"', "pytest -q"):
        environment.run(line)
    return str(environment.run("netspec check netspec-wave"))


def test_a_new_plugin_of_every_kind_passes_its_tests_and_every_proof(laid: Any) -> None:
    """But for pip: the package is laid out as an editable installation leaves it."""
    assert develop(laid).endswith(f"netspec-wave: {len(KINDS)} components, none broken\n")


@pytest.mark.slow
def test_a_new_plugin_can_be_installed_and_passes_its_tests(virtual: Any) -> None:
    """In a new virtual environment; pytest finds the proofs too, by the door that netspec installs."""
    assert develop(virtual).endswith(f"netspec-wave: {len(KINDS)} components, none broken\n")
    assert "passed" in virtual.run("pytest -q --netspec netspec-wave")
    listed = json.loads(virtual.run("netspec plugins --json"))["plugins"]
    (wave,) = (plugin for plugin in listed if plugin["distribution"] == "netspec-wave")
    assert set(wave["offers"]) == set(KINDS)
    assert not wave["error"]


@pytest.mark.parametrize("name", ["Ünruhig", "a/b", "", "1st"])
def test_a_name_that_no_package_can_have_is_refused(name: str, cli: Any, tmp_path: Path) -> None:
    done = cli("new", "plugin", name, "--out", tmp_path / "here")
    assert done.exit_code == 2
    assert not (tmp_path / "here").exists()


def test_a_folder_that_is_there_is_not_written_into(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = cli("new", "plugin", "wave", "--out", tmp_path)
    assert done.exit_code != 0
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_new_spec_fits_its_csv_file_and_trains(cli: Any, tmp_path: Path) -> None:
    rows = "".join(f"{n},{n % 3},{'yes' if n % 2 else 'no'}\n" for n in range(24))
    (tmp_path / "t.csv").write_text("a,b,y\n" + rows)
    spec = tmp_path / "first.json"
    done = cli("new", "spec", "first", "--data", "t.csv", "--target", "y", "--out", spec)
    assert done.exit_code == 0, done.output
    written = json.loads(spec.read_text())
    assert written["input_shape"] == [2]
    assert written["layers"][-1]["units"] == 2
    assert cli("fmt", "--check", spec).exit_code == 0
    done = cli("train", spec, "--set", "training.epochs=1", "--out", tmp_path / "run")
    assert done.exit_code == 0, done.output


def test_what_is_not_said_and_cannot_be_asked_for_is_a_usage_error(
    cli: Any, tmp_path: Path
) -> None:
    done = cli("new", "spec", "first", "--out", tmp_path / "first.json")
    assert done.exit_code == 2
    assert not (tmp_path / "first.json").exists()


def table(folder: Path, classes: int = 2) -> None:
    rows = "".join(f"{n},{n % 3},{n % classes}\n" for n in range(24))
    (folder / "t.csv").write_text("first,second,answer\n" + rows)


def test_why_the_data_could_not_be_opened_is_said(cli: Any, tmp_path: Path) -> None:
    table(tmp_path)
    spec = tmp_path / "first.json"
    for data, target, said in (
        ("t.csv", "anser", 'did you mean "answer"?'),
        ("nowhere.csv", "answer", "there is no such file"),
    ):
        new = ("new", "spec", "first", "--data", data, "--target", target, "--out", spec)
        done = cli(*new)
        assert done.exit_code == 5, done.output
        assert f"error: {data}" in done.stderr
        assert said in done.stderr
        assert not spec.exists()
        done = cli(*new, "--task", "yes-no", "--input-shape", "2")
        assert done.exit_code == 0, done.output
        assert f"warning: {data}" in done.stderr
        spec.unlink()


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--input-shape", "3"], 5, "the network takes (N, 3)"),
        (["--outputs", "2"], 5, "there are 2 classes: 0 to 1"),
        (["--task", "yes-no"], 2, "the data have 3"),
    ],
)
def test_a_spec_that_does_not_fit_its_data_is_not_written(
    options: list[str], code: int, said: str, cli: Any, tmp_path: Path
) -> None:
    table(tmp_path, classes=3)
    spec = tmp_path / "first.json"
    done = cli(
        "new", "spec", "first", "--data", "t.csv", "--target", "answer", "--out", spec, *options
    )
    assert done.exit_code == code, done.output
    assert said in done.stderr
    assert not spec.exists()


def test_numbers_that_are_taken_as_classes_are_remarked(cli: Any, tmp_path: Path) -> None:
    table(tmp_path)
    new = ("new", "spec", "first", "--data", "t.csv", "--target", "answer", "--out")
    done = cli(*new, tmp_path / "a.json")
    assert "answer: 2 whole numbers, taken as classes; --task number" in done.stderr
    assert not cli(*new, tmp_path / "b.json", "--task", "class").stderr
    done = cli(*new, tmp_path / "c.json", "--task", "number")
    assert json.loads((tmp_path / "c.json").read_text())["loss"] == "mse"


def test_a_number_of_outputs_that_is_none_is_asked_for_again(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netspec.cli.new._on_terminal", lambda: True)
    spec = tmp_path / "first.json"
    new = ("new", "spec", "first", "--data", "no.npz", "--task", "class", "--input-shape", "4")
    done = cli(*new, "--hidden", "", "--out", spec, stdin="abc\n-3\n2\n")
    assert done.exit_code == 0, done.output
    assert json.loads(spec.read_text())["layers"][-1]["units"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("dense",), 'the layer "dense" is netspec\'s own'),
        (("relu",), 'the activation "relu" is netspec\'s own'),
        (("dense", "--activation"), 'the layer "dense" is netspec\'s own'),
        (("adam", "--optimizer"), 'the optimizer "adam" is netspec\'s own'),
    ],
)
def test_a_plugin_takes_no_name_of_netspec_s_own(
    cli, folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = cli("new", "plugin", *arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert not (folder / f"netspec-{arguments[0]}").exists()
