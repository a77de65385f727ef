"""What callbacks do in a training that has a folder, that is left, and that goes on."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netspec import Data, Interrupted, Part, SaveError, SequentialNetwork, train
from netspec.training import Training

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(20, 3)), RNG.normal(size=(20, 1))
DATA = Data(Part(X, Y))


def spec(*callbacks: Any, epochs: int = 4) -> dict[str, Any]:
    rate = {"type": "step", "initial": 0.1, "every": 3, "factor": 0.5, "per": "step"}
    return {
        "netspec": 1,
        "input_shape": [3],
        "dtype": "float64",
        "layers": [
            {"type": "dense", "units": 4, "activation": "tanh"},
            "dropout",
            {"type": "dense", "units": 1},
        ],
        "loss": "mse",
        "training": {
            "data": "arrays",
            "optimizer": {"type": "adam", "learning_rate": rate},
            "batch_size": 8,
            "epochs": epochs,
            "validation": 0.2,
            "callbacks": list(callbacks),
            "checkpoint_steps": 1,
        },
    }


def interrupted(document: Any, out: Path, steps: int) -> None:
    """A training whose process gets a signal after so many steps."""
    import signal

    def listener(training: Training, moment: str) -> None:
        if moment == "step" and training.done == steps:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted):
        train(document, out=out, data=DATA, listener=listener)


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_the_model_is_the_running_mean_of_the_weights_after_every_step() -> None:
    followed: list[dict[str, Any]] = []
    network = SequentialNetwork((3,), "mse", dtype="float64", seed=2)
    network.add({"type": "dense", "units": 1})

    def look(training: Training) -> None:
        if training.done > len(followed):
            followed.append({path: a.copy() for path, a in training.network.params().items()})

    averaging = {"type": "averaging", "decay": 0.7}
    network.fit(
        X, Y, epochs=3, batch_size=8, optimizer="adam", callbacks=[averaging], progress=look
    )
    assert len(followed) == 9
    for path, array in network.params().items():
        mean = followed[0][path]
        for weights in followed[1:]:
            mean = 0.7 * mean + 0.3 * weights[path]
        np.testing.assert_allclose(array, mean, rtol=1e-12)


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_what_is_averaged_and_logged_is_the_same_after_an_interruption(
    steps: int, tmp_path: Path
) -> None:
    document = spec("averaging", "csv_log", "rate_log")
    whole = train(document, out=tmp_path / "whole", data=DATA)
    interrupted(document, tmp_path / "cut", steps)
    again = train(document, out=tmp_path / "cut", data=DATA, resume=True)
    for path, array in whole.network.params().items():
        np.testing.assert_array_equal(again.network.params()[path], array)
    for name in ("history.csv", "rates.csv"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_the_csv_log_is_the_history(tmp_path: Path) -> None:
    run = train(spec("csv_log"), out=tmp_path / "run", data=DATA)
    header, *lines = rows(tmp_path / "run" / "history.csv")
    assert len(lines) == len(run.history) == 4
    for line, record in zip(lines, run.history, strict=True):
        assert dict(zip(header, line, strict=True)) == {k: str(v) for k, v in record.items()}


def test_a_list_in_the_history_is_json_in_its_cell(tmp_path: Path) -> None:
    document = spec("csv_log")
    document["layers"][-1:] = [{"type": "dense", "units": 2, "activation": "softmax"}]
    document["loss"] = "cross_entropy"
    document["training"]["metrics"] = ["confusion_matrix"]
    data = Data(Part(X, np.arange(20) % 2))
    run = train(document, out=tmp_path / "run", data=data)
    header, line, *_ = rows(tmp_path / "run" / "history.csv")
    cell = line[header.index("confusion_matrix")]
    assert json.loads(cell) == run.history[0]["confusion_matrix"]


def test_the_rate_log_has_the_rate_of_every_step(tmp_path: Path) -> None:
    """Two batches an epoch; the rate halves every three steps, and once more on a plateau."""
    plateau = {"type": "reduce_on_plateau", "monitor": "loss", "factor": 0.1, "patience": 0}
    run = train(spec("rate_log", {**plateau, "min_delta": 100.0}), out=tmp_path / "run", data=DATA)
    header, *lines = rows(tmp_path / "run" / "rates.csv")
    assert header == ["step", "learning_rate"]
    expected = [0.1 * 0.5 ** (step // 3) * 0.1 ** max(0, step // 2 - 1) for step in range(8)]
    assert [int(step) for step, _ in lines] == list(range(1, 9))
    assert [float(rate) for _, rate in lines] == pytest.approx(expected)
    assert [r["learning_rate"] for r in run.history] == pytest.approx(expected[1::2])


@pytest.mark.parametrize("minimum", [0.0, 1e-3])
def test_a_plateau_reduces_the_rate_as_far_as_it_may(minimum: float) -> None:
    """Four hundred reductions to a tenth: 0.1⁴⁰⁰ is below what float64 holds."""
    plateau = {"type": "reduce_on_plateau", "monitor": "loss", "patience": 0, "min_delta": 1e9}
    document = spec({**plateau, "minimum_factor": minimum}, epochs=400)
    document["training"]["optimizer"] = {"type": "sgd", "learning_rate": 0.1}
    rates = [record["learning_rate"] for record in train(document, data=DATA).history]
    assert rates == sorted(rates, reverse=True)
    assert rates[2] == pytest.approx(0.01)
    assert rates[-1] == pytest.approx(0.1 * minimum, abs=1e-300)


def test_files_of_callbacks_belong_to_the_run_and_no_others_do(tmp_path: Path) -> None:
    """`overwrite` replaces them; a file that nobody here writes is never touched."""
    train(spec("csv_log"), out=tmp_path, data=DATA)
    train(spec("csv_log", epochs=1), out=tmp_path, data=DATA, overwrite=True)
    assert len(rows(tmp_path / "history.csv")) == 2
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(SaveError, match=r"notes\.txt"):
        train(spec(), out=tmp_path, data=DATA, overwrite=True)
    (tmp_path / "notes.txt").unlink()
    train(spec(), out=tmp_path, data=DATA, overwrite=True)
    assert not (tmp_path / "history.csv").exists()


def test_without_a_folder_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    network = SequentialNetwork((3,), "mse")
    network.add({"type": "dense", "units": 1})
    network.fit(X, Y, optimizer="sgd", callbacks=["csv_log", "rate_log"])
    assert not list(tmp_path.iterdir())
