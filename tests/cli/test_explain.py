"""`netspec explain` shows one sample's way, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netspec

from .conftest import write_spec

Cli = Callable[..., Any]


def test_without_an_input_the_first_test_sample_goes_there_and_back(
    cli: Cli, trained: Path
) -> None:
    done = cli("explain", trained)
    assert done.exit_code == 0, done.output
    order = [line.split(" ")[1] for line in done.stdout.splitlines() if line[:1] in "→←" and line]
    forward = ["dense_1", "tanh_1", "residual_1", "residual_1.dense_1", "dense_2", "softmax_1"]
    assert order == [*forward, "dense_2", "residual_1.dense_1", "residual_1", "tanh_1", "dense_1"]
    assert "y = x Wᵀ + b" in done.stdout
    assert "∂L/∂weight" in done.stdout


def test_json_holds_every_number(cli: Cli, trained: Path) -> None:
    document = json.loads(cli("explain", trained, "--json").stdout)
    x = np.load(trained.parent / "data.npz")["x_test"]
    network = netspec.load(trained)
    np.testing.assert_allclose(document["output"], network.predict(x[:1])[0], rtol=1e-6)
    first = document["layers"][0]
    assert np.shape(first["gradients"]["weight"]) == (8, 4)
    expected = np.outer(first["delta"], first["input"])
    np.testing.assert_allclose(first["gradients"]["weight"], expected, rtol=1e-5, atol=1e-9)
    assert document["loss"]["type"] == "cross_entropy"
    assert document["absorbed"] == "softmax_1"


def test_an_input_has_a_way_back_only_with_a_target(
    cli: Cli, trained: Path, tmp_path: Path
) -> None:
    source = tmp_path / "two.json"
    source.write_text("[[1, 2, 3, 4], [4, 3, 2, 1]]", encoding="utf-8")
    alone = json.loads(cli("explain", trained, source, "--sample", 1, "--json").stdout)
    assert alone["loss"] is None
    assert alone["layers"][0]["input"] == [4, 3, 2, 1]
    back = json.loads(cli("explain", trained, source, "--target", "1", "--json").stdout)
    assert back["target"] == 1


@pytest.mark.parametrize("more", [("--sample", "100"), ("--target", "7")])
def test_what_is_not_there_is_refused(cli: Cli, trained: Path, more: tuple[str, str]) -> None:
    done = cli("explain", trained, *more)
    assert done.exit_code == 5, done.output


def test_a_wide_array_is_shortened_with_its_shape(cli: Cli, trained: Path) -> None:
    assert "(8 × 4, from" in cli("explain", trained).stdout


def test_step_waits_for_nobody_where_there_is_no_terminal(cli: Cli, trained: Path) -> None:
    assert cli("explain", trained, "--step").stdout == cli("explain", trained).stdout


def keys(*pressed: Any) -> Callable[[], str]:
    """A keyboard: one key a call, or what the terminal makes of it."""
    waiting = list(pressed)

    def getchar() -> str:
        key = waiting.pop(0)
        if isinstance(key, str):
            return key
        raise key

    return getchar


@pytest.mark.parametrize("end", ["q", EOFError])
def test_step_shows_a_layer_a_key_until_it_is_enough(
    cli: Cli, trained: Path, monkeypatch: pytest.MonkeyPatch, end: Any
) -> None:
    monkeypatch.setattr("netspec.cli.explain._on_terminal", lambda: True)
    monkeypatch.setattr("click.getchar", keys(" ", end))
    done = cli("explain", trained, "--step")
    assert done.exit_code == 0, done.output
    assert done.stdout.count("→ ") == 2
    assert "q ends" in done.stderr


def test_step_is_left_by_an_interrupt(
    cli: Cli, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netspec.cli.explain._on_terminal", lambda: True)
    monkeypatch.setattr("click.getchar", keys(KeyboardInterrupt))
    done = cli("explain", trained, "--step")
    assert done.exit_code == 130
    assert done.stdout.count("→ ") == 1


def test_the_target_is_a_class_by_its_name_with_and_without_quotes(cli: Cli, folder: Path) -> None:
    rows = "".join(f"{n},{'odd' if n % 2 else 'even'}\n" for n in range(20))
    (folder / "t.csv").write_text("size,kind\n" + rows)
    (folder / "x.json").write_text("[[3]]")
    data = {"type": "csv", "path": "t.csv", "target": "kind"}
    training = {"data": data, "optimizer": "sgd", "epochs": 1}
    write_spec(folder / "s.json", input_shape=[1], training=training)
    assert cli("train", "s.json", "--out", "run").exit_code == 0
    explain = ("explain", "run", "x.json", "--json", "--target")
    targets = [json.loads(cli(*explain, word).stdout)["target"] for word in ("odd", '"odd"', "1")]
    assert targets == [1, 1, 1]
    for word in ("odds", '"odds"'):
        done = cli(*explain, word)
        assert done.exit_code == 2
        assert 'no class "odds"; did you mean "odd"? (known: even, odd)' in done.stderr
    for word in ("true", "null", "{}"):
        assert "it is a class, a number or a list of numbers" in cli(*explain, word).stderr
