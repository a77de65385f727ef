"""`netspec predict`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from netspec.storage import load

from .conftest import write_spec

X = np.random.default_rng(1).normal(size=(5, 4)).astype(np.float32)


@pytest.fixture
def answers(trained: Path) -> np.ndarray:
    return load(trained).predict(X)


def outputs(text: str) -> np.ndarray:
    return np.array([json.loads(line)["output"] for line in text.splitlines()], np.float32)


def test_each_sample_is_one_line_with_its_output_and_its_class(
    cli, folder: Path, trained: Path, answers: np.ndarray
) -> None:
    np.save("x.npy", X)
    done = cli("predict", trained, "x.npy")
    assert done.exit_code == 0, done.stderr
    assert (outputs(done.stdout) == answers).all(), "float32 is printed so that it reads back"
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["class"] for line in lines] == [str(at) for at in answers.argmax(axis=1)]


def test_standard_input_is_json_or_a_sample_a_line(cli, trained: Path, answers: np.ndarray) -> None:
    whole = json.dumps(X.tolist())
    lines = "\n".join(json.dumps(row) for row in X.tolist())
    for text in (whole, lines):
        done = cli("predict", trained, "-", stdin=text)
        assert done.exit_code == 0, done.stderr
        assert (outputs(done.stdout) == answers).all()


def test_out_writes_by_suffix(cli, folder: Path, trained: Path, answers: np.ndarray) -> None:
    np.save("x.npy", X)
    for suffix in ("npy", "npz", "jsonl", "json", "csv"):
        done = cli("predict", trained, "x.npy", "--out", f"y.{suffix}")
        assert (done.exit_code, done.stdout) == (0, ""), done.stderr
    assert (np.load("y.npy") == answers).all()
    with np.load("y.npz") as archive:
        assert (archive["output"] == answers).all()
        assert archive["class"].tolist() == [str(at) for at in answers.argmax(axis=1)]
    assert (outputs((folder / "y.jsonl").read_text()) == answers).all()
    listed = json.loads((folder / "y.json").read_text())
    assert [each["class"] for each in listed] == [str(at) for at in answers.argmax(axis=1)]
    head, *rows = (folder / "y.csv").read_text().splitlines()
    assert head == "output_0,output_1,class"
    table = np.array([row.split(",")[:2] for row in rows], np.float32)
    assert (table == answers).all()


def test_an_unknown_suffix_is_refused_before_anything_is_opened(cli, folder: Path) -> None:
    done = cli("predict", "nowhere", "x.npy", "--out", "y.xls")
    assert done.exit_code == 2
    assert ".npy, .npz, .jsonl, .json, .csv" in done.stderr


def test_a_folder_that_is_not_there_is_a_matter_of_the_disk(
    cli, folder: Path, trained: Path
) -> None:
    np.save("x.npy", X)
    assert cli("predict", trained, "x.npy", "--out", "no/y.npy").exit_code == 8


def test_the_chunk_changes_no_more_than_the_last_bits(
    cli, folder: Path, trained: Path, answers: np.ndarray
) -> None:
    np.save("x.npy", X)
    done = cli("predict", trained, "x.npy", "--chunk", "2")
    np.testing.assert_allclose(outputs(done.stdout), answers, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.json", "[[1, 2, 3]]", "the network takes (N, 4)"),
        ("x.json", "[1, 2, 3, 4]", "a file holds a list of samples"),
        ("x.json", "[1, 2, 3]", "a sample has 4 numbers"),
        ("x.json", "[]", "no samples"),
        ("x.json", "[[1, 2, NaN, 4]]", "NaN"),
        ("x.json", "[[1, 2, 3, 1e39]]", "1e+39 in row 0, column 3"),
        ("x.csv", "a,b,c,d\n1,2,3,4\n", "--data"),
        ("x.dat", "1 2 3 4", ".dat"),
        ("x.npy", "no array", "numpy.save"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(
    cli, folder: Path, trained: Path, name: str, content: str, said: str
) -> None:
    (folder / name).write_text(content)
    done = cli("predict", trained, name)
    assert done.exit_code == 5, done.stderr
    assert said in done.stderr


@pytest.mark.parametrize("command", ["predict", "explain"])
def test_a_number_that_overflows_the_networks_dtype_is_refused_as_in_training(
    cli, folder: Path, trained: Path, command: str
) -> None:
    """The answer would be nulls, and a class."""
    np.save("x.npy", np.full((1, 4), 1e39))
    (folder / "x.csv").write_text("a,b,c,d\n1,2,3,1e39\n")
    rules = '{"type": "csv", "path": "-", "target": "y", "target_kind": "number"}'
    for arguments in (["x.npy"], ["x.csv", "--data", rules]):
        done = cli(command, trained, *arguments)
        assert done.exit_code == 5, done.output
        assert "as float32 can hold them" in done.stderr


def test_a_file_without_samples_is_refused_whatever_its_kind(
    cli, folder: Path, trained: Path
) -> None:
    np.save("x.npy", X[:0])
    np.savez("x.npz", X[:0])
    (folder / "x.csv").write_text("a,b,c,d\n")
    (folder / "x.jsonl").write_text("\n")
    rules = '{"type": "csv", "path": "-", "target": "y", "target_kind": "number"}'
    for name in ("x.npy", "x.npz", "x.csv", "x.jsonl"):
        done = cli("predict", trained, name, *(["--data", rules] if name == "x.csv" else []))
        assert done.exit_code == 5, done.output
        assert f'"{name}" has no samples' in done.stderr
    np.save("x.npy", np.float64(1))
    assert "a single number" in cli("predict", trained, "x.npy").stderr


def test_a_table_is_read_as_in_training_words_and_all(cli, folder: Path) -> None:
    """The column of words is encoded by the words of training, the class is named in words."""
    rows = [
        "size,colour,kind",
        *(f"{n},{'red' if n % 2 else 'blue'},{'odd' if n % 2 else 'even'}" for n in range(20)),
    ]
    (folder / "train.csv").write_text("\n".join(rows))
    (folder / "new.csv").write_text("colour,size\nred,3\nblue,4\n")
    data = {"type": "csv", "path": "train.csv", "target": "kind", "categories": ["colour"]}
    training = {
        "data": data,
        "optimizer": {"type": "adam", "learning_rate": 0.1},
        "epochs": 60,
    }
    layers = ["normalization", {"type": "dense", "units": 2}, "softmax"]
    write_spec(folder / "s.json", input_shape=[3], layers=layers, training=training)
    assert cli("train", "s.json", "--out", "run").exit_code == 0
    done = cli("predict", "run", "new.csv")
    assert done.exit_code == 0, done.stderr
    assert [json.loads(line)["class"] for line in done.stdout.splitlines()] == ["odd", "even"]
    (folder / "new.csv").write_text("colour,size\ngreen,3\n")
    assert cli("predict", "run", "new.csv").exit_code == 5


def test_a_model_without_data_reads_what_needs_no_rules(cli, folder: Path) -> None:
    """Saved from Python, it names no dataset; `--data` gives the rules for a table."""
    from netspec.network import SequentialNetwork
    from netspec.storage import save

    network = SequentialNetwork((2,))
    network.add("tanh")
    save(network, folder / "model")
    (folder / "x.json").write_text("[[0, 1]]")
    done = cli("predict", "model", "x.json")
    assert outputs(done.stdout)[0] == pytest.approx([0, np.tanh(1)])
    assert "class" not in done.stdout
    (folder / "x.csv").write_text("a,b\n0,1\n")
    assert cli("predict", "model", "x.csv").exit_code == 5
    rules = '{"type": "csv", "path": "-", "target": "c", "target_kind": "number"}'
    assert cli("predict", "model", "x.csv", "--data", rules).stdout == done.stdout
