"""`netspec explain` shows one sample's way, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netspec

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
