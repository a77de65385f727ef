"""Every spec of the lecture runs, and its description says what was measured."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netspec
from netspec.reading import Setting

pytest.importorskip("netspec_mnist")

LECTURE = Path(__file__).parents[2] / "specs" / "lecture"
SPECS = sorted(LECTURE.glob("*.json"))
SHORT = {
    "06": {"epochs": 1},
    "08": {"epochs": 1, "batch_size": 100},
    "09": {"epochs": 1, "batch_size": 100},
    "10": {"epochs": 1, "batch_size": 500},
    "11": {"epochs": 1, "batch_size": 500},
    "12": {"epochs": 1, "batch_size": 500},
    "15": {"epochs": 50},
}


def number(path: Path) -> str:
    return path.name[:2]


def trained(name: str, out: Path, **changes: Any) -> netspec.Run:
    """The run of the spec with this number, its training changed as said."""
    [path] = [path for path in SPECS if number(path) == name]
    settings = [Setting.parse(f"training.{key}={value}") for key, value in changes.items()]
    return netspec.train(path, out=out / "run", settings=settings)


def test_they_are_numbered_without_a_gap_and_each_says_what_it_shows() -> None:
    assert [number(path) for path in SPECS] == [f"{at:02}" for at in range(1, len(SPECS) + 1)]
    for path in SPECS:
        spec = netspec.read_spec(path)
        assert path.name == f"{number(path)}-{spec.name}.json"
        assert spec.training is None or re.search(r"\d", spec.description), path.name


@pytest.mark.parametrize("path", SPECS, ids=number)
def test_it_runs(path: Path, tmp_path: Path) -> None:
    """Shortened where it is long; the lecture's pickle has a test of its own."""
    if number(path) == "05":
        pytest.skip("it needs the lecture's file: see the next test")
    if netspec.read_spec(path).training is None:
        network = netspec.build(netspec.read_spec(path))
        assert network.predict(np.zeros((2, *network.input_shape))).shape == (2, 1)
        return
    run = trained(number(path), tmp_path, **SHORT.get(number(path), {}))
    assert all(np.isfinite(record["loss"]) for record in run.history)
    assert run.ended == "epochs"


@pytest.mark.parametrize(
    ("name", "dots", "train", "test", "eights"),
    [
        ("04", (20.0949, 54.5322), 0.6820, 0.6694, 0.8193),
        ("05", (20.0665, 54.1962), 0.68278, 0.6735, 0.8121),
    ],
)
def test_the_average_eight_gives_the_lecture_s_numbers(
    name: str,
    dots: tuple[float, float],
    train: float,
    test: float,
    eights: float,
    tmp_path: Path,
) -> None:
    """To the last digit: dot products with training digits 2 and 17, and the shares of right
    answers. The slides' 20.1 and 54.2 are those of the file that divides by 256."""
    from netspec_mnist.write_pickle import write_pickle

    [path] = [path for path in SPECS if number(path) == name]
    spec = netspec.read_spec(path)
    assert spec.training is not None
    if name == "05":
        write_pickle(tmp_path / "mnist.pkl.gz")
    run = netspec.train(spec, out=tmp_path / "run", data_root=tmp_path)
    data = spec.training.data.open(tmp_path)
    pictures = np.asarray(data.train.inputs[np.array([2, 17])])
    layer = run.network["class_average_1"]
    dot = pictures @ layer.params["weight"][0]
    assert [round(float(each), 4) for each in dot] == list(dots)
    assert layer.params["bias"] == -45
    part = data.train
    judged = run.network.evaluate(part.inputs, part.targets, metrics=["accuracy"])
    assert round(judged["accuracy"], len(str(train)) - 2) == train
    assert run.test is not None
    assert round(run.test["accuracy"], 4) == test
    assert round(run.test["recall"], 4) == eights


def test_one_hot_learns_what_labels_cannot(tmp_path: Path) -> None:
    weights = trained("03", tmp_path).network.params()["dense_1.weight"]
    np.testing.assert_allclose(weights, [[52, 402, 130]], rtol=1e-4)
    lined = trained("02", tmp_path / "labels").history[-1]["loss"]
    assert lined == pytest.approx(21_493, abs=1)


def test_exclusive_or_is_learned(tmp_path: Path) -> None:
    network = trained("15", tmp_path).network
    answers = network.predict([[0, 0], [0, 1], [1, 0], [1, 1]])[:, 0]
    np.testing.assert_allclose(answers, [0.036, 0.958, 0.958, 0.041], atol=6e-4)


def test_both_ways_down_end_near_the_best_line(tmp_path: Path) -> None:
    for name in ("13", "14"):
        params = trained(name, tmp_path / name).network.params()
        assert params["dense_1.weight"][0, 0] == pytest.approx(1.505, abs=0.1)
        assert params["dense_1.bias"][0] == pytest.approx(-0.547, abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "accuracy"),
    [
        ("06", 0.9582),
        ("07", 0.6310),
        ("08", 0.9180),
        ("09", 0.9519),
        ("11", 0.9743),
    ],
)
def test_the_figures_in_the_descriptions_come_out_again(
    name: str, accuracy: float, tmp_path: Path
) -> None:
    """As far as another machine's last bits let them."""
    [path] = [path for path in SPECS if number(path) == name]
    assert f"{accuracy:.4f}" in netspec.read_spec(path).description
    run = trained(name, tmp_path)
    assert run.test is not None
    assert run.test["accuracy"] == pytest.approx(accuracy, abs=0.01)
