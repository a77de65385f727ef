"""The specs that ship beside the lecture's reach the figures that their descriptions name."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from netspec import Program, build, train
from netspec.cli import program
from netspec.reading import Setting

SPECS = Path(__file__).parent.parent / "specs"
SEEDS = (1, 2, 3)


def reached(name: str, folder: Path, key: str, seeds: tuple[int, ...] = SEEDS) -> list[float]:
    """The figure on the test part, seed after seed."""
    found = []
    for seed in seeds:
        run = train(
            SPECS / f"{name}.json", out=folder / str(seed), settings=[Setting.parse(f"seed={seed}")]
        )
        assert run.test is not None
        found.append(float(run.test[key]))
    return found


@pytest.mark.parametrize(
    ("name", "key", "figures", "within"),
    [
        ("wine", "accuracy", [1.0, 1.0, 1.0], 1 / 45),
        ("diabetes", "rmse", [58.38, 58.60, 58.79], 0.5),
        ("diabetes", "r2", [0.313, 0.308, 0.304], 0.01),
        ("tic-tac-toe", "accuracy", [0.9833, 0.9792, 0.9792], 2 / 240),
    ],
)
def test_a_table_s_spec_reaches_its_figures(
    name: str, key: str, figures: list[float], within: float, tmp_path: Path
) -> None:
    """Within what another BLAS may change in the last bits of a training."""
    assert reached(name, tmp_path, key) == pytest.approx(figures, abs=within)


@pytest.mark.slow
def test_the_autoencoder_reaches_its_figure(tmp_path: Path) -> None:
    pytest.importorskip("netspec_mnist")
    assert reached("autoencoder", tmp_path, "loss", (1,)) == pytest.approx([0.0852], abs=0.001)


def test_words_go_in_and_class_names_come_out(tmp_path: Path) -> None:
    """From the raw file to predictions for a new one, whose columns stand in another order."""
    call: Callable[..., Any] = CliRunner().invoke
    run, new = tmp_path / "run", tmp_path / "new.csv"
    assert (
        call(program, ["train", str(SPECS / "tic-tac-toe.json"), "--out", str(run)]).exit_code == 0
    )
    with open(SPECS / "data" / "tic-tac-toe-test.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [name for name in reversed(rows[0]) if name != "x"]
    with open(new, "w", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    done = call(program, ["predict", str(run), str(new)])
    assert done.exit_code == 0, done.output
    said = [json.loads(line)["class"] for line in done.stdout.splitlines()]
    right = sum(each == row["x"] for each, row in zip(said, rows, strict=True))
    assert right / len(rows) > 0.96
    unseen = new.read_text().replace("blank", "empty", 1)
    new.write_text(unseen)
    refused = call(program, ["predict", str(run), str(new)])
    assert refused.exit_code == 5
    assert "empty" in refused.stderr


@pytest.mark.parametrize("name", ["wine", "diabetes", "tic-tac-toe", "autoencoder"])
def test_a_spec_is_a_program_in_onnx_s_operators(name: str) -> None:
    if name == "autoencoder":
        pytest.importorskip("netspec_mnist")
    assert Program(build(SPECS / f"{name}.json")).nodes
