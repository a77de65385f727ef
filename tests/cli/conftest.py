"""A folder with data and a spec, and two ways to call the command: in this process, or in its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from netspec.cli import program

SPEC: dict[str, Any] = {
    "netspec": 1,
    "name": "tiny",
    "input_shape": [4],
    "layers": [
        {"type": "dense", "units": 8, "activation": "tanh"},
        {"type": "residual", "layers": [{"type": "dense", "units": 8}]},
        {"type": "dense", "units": 2},
        "softmax",
    ],
    "loss": "cross_entropy",
    "training": {
        "data": {"type": "npz", "path": "data.npz", "test": ["x_test", "y_test"]},
        "optimizer": {"type": "sgd", "learning_rate": 0.1},
        "epochs": 2,
        "metrics": ["accuracy"],
        "validation": 0.1,
    },
}

Cli = Callable[..., Result]
Process = Callable[..., "subprocess.CompletedProcess[bytes]"]


def write_spec(path: Path, **changes: Any) -> Path:
    """The spec of these tests with some keys replaced."""
    path.write_text(json.dumps({**SPEC, **changes}), encoding="utf-8")
    return path


@pytest.fixture
def cli() -> Cli:
    """Calls the command in this process."""

    def call(*arguments: object, stdin: str | None = None) -> Result:
        return CliRunner().invoke(program, list(map(str, arguments)), input=stdin)

    return call


@pytest.fixture
def process() -> Process:
    """Calls the command in a process of its own."""

    def call(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
        options.setdefault("capture_output", True)
        environment = {**os.environ, **options.pop("env", {})}
        command = [sys.executable, "-m", "netspec", *map(str, arguments)]
        return subprocess.run(command, check=False, env=environment, timeout=60, **options)

    return call


def write_data(folder: Path) -> None:
    """200 samples to train, 100 to test: is the sum of four numbers above 0?"""
    x = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
    y = (x.sum(axis=1) > 0).astype(np.int64)
    np.savez(folder / "data.npz", x_train=x[:200], y_train=y[:200], x_test=x[200:], y_test=y[200:])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with `data.npz` and `spec.json`."""
    write_data(tmp_path)
    write_spec(tmp_path / "spec.json")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run that no test may change; its data lie in the folder above."""
    above = tmp_path_factory.mktemp("trained")
    write_data(above)
    spec = write_spec(above / "spec.json")
    done = CliRunner().invoke(program, ["train", str(spec), "--out", str(above / "run")])
    assert done.exit_code == 0, done.output
    return above / "run"


@pytest.fixture(scope="session")
def read_bytes() -> Callable[[Path], dict[str, bytes]]:
    """Every file of a folder, by name."""

    def read(folder: Path) -> dict[str, bytes]:
        files = (path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): path.read_bytes() for path in files}

    return read
