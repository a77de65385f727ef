"""What the command says of plugins: one warning for one that fails, 6 where a document needs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PLUGIN = '''
from typing import Literal

from netspec import Activation, hookimpl

class Double(Activation):
    """y = 2 x."""
    type: Literal["double"] = "double"

    def forward(self, x):
        return 2 * x

    def backward(self, grad, x, y):
        return 2 * grad

@hookimpl
def netspec_activations():
    return [Double]
'''


def netspec(shelf: Any, *arguments: object, **environment: str) -> Any:
    """The command in a process of its own, with the shelf on its path."""
    return subprocess.run(
        [sys.executable, "-m", "netspec", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(shelf.folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """A spec that needs the plugin, and its data."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20, 2))
    np.savez(tmp_path / "line.npz", x_train=x, y_train=x.sum(axis=1, keepdims=True))
    document = {
        "netspec": 1,
        "input_shape": [2],
        "layers": [{"type": "dense", "units": 1}, "double"],
        "loss": "mse",
        "training": {
            "data": {"type": "npz", "path": "line.npz", "target_kind": "number"},
            "optimizer": {"type": "sgd", "learning_rate": 0.05},
            "epochs": 2,
        },
    }
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_a_plugin_is_listed_with_what_it_offers(shelf: Any) -> None:
    shelf.install("netspec-double", "1.5", modules={"netspec_double": PLUGIN})
    shelf.install("netspec-broken", "0.1", modules={"netspec_broken": "import nosuchmodule"})
    done = netspec(shelf, "plugins", "--json")
    assert done.returncode == 0
    listed = {each["distribution"]: each for each in json.loads(done.stdout)["plugins"]}
    assert listed["netspec-double"] == {
        "distribution": "netspec-double",
        "version": "1.5",
        "entry_point": "netspec_double",
        "api": 1,
        "import_seconds": listed["netspec-double"]["import_seconds"],
        "offers": {"activation": ["double"]},
        "conflicts": [],
        "error": None,
    }
    assert listed["netspec-double"]["import_seconds"] > 0
    assert "nosuchmodule" in listed["netspec-broken"]["error"]


def test_a_broken_plugin_that_nobody_needs_is_one_line_on_standard_error(
    shelf: Any, spec: Path
) -> None:
    shelf.install("netspec-double", modules={"netspec_double": PLUGIN})
    shelf.install("netspec-broken", "0.1", modules={"netspec_broken": "raise SystemExit(3)"})
    done = netspec(shelf, "validate", spec)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("netspec-broken 0.1") == 1
    assert "SystemExit: 3" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("code", "environment", "exit_code", "said"),
    [
        ("import nosuchmodule", {}, 6, "netspec-double 1.5 is installed, but fails"),
        ("NETSPEC_API = 7", {}, 6, "it needs the plugin API 7, this netspec has 1"),
        (PLUGIN, {"NETSPEC_PLUGINS": ""}, 3, 'unknown layer "double"'),
        (PLUGIN, {"NETSPEC_PLUGINS": "netspec-double"}, 0, ""),
    ],
)
def test_a_spec_that_needs_a_plugin(
    code: str, environment: dict[str, str], exit_code: int, said: str, shelf: Any, spec: Path
) -> None:
    shelf.install("netspec-double", "1.5", modules={"netspec_double": code})
    done = netspec(shelf, "validate", spec, **environment)
    assert done.returncode == exit_code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_model_is_trained_and_without_its_plugin_refused(
    shelf: Any, spec: Path, tmp_path: Path
) -> None:
    shelf.install("netspec-double", "1.5", modules={"netspec_double": PLUGIN})
    trained = netspec(shelf, "train", spec, "--out", tmp_path / "run")
    assert trained.returncode == 0, trained.stderr
    verified = netspec(shelf, "verify", tmp_path / "run")
    assert verified.returncode == 0, verified.stderr
    without = netspec(shelf, "verify", tmp_path / "run", NETSPEC_PLUGINS="")
    assert without.returncode == 6
    assert "install netspec-double==1.5" in without.stderr


@pytest.mark.parametrize(
    ("newer", "said"),
    [
        ("    times: int = 2", "unknown key"),
        ("    version: ClassVar[int] = 2", "was saved by its version 2, installed is 1"),
    ],
)
def test_a_model_that_another_version_cannot_read_says_which_one_made_it(
    newer: str, said: str, shelf: Any, spec: Path, tmp_path: Path
) -> None:
    literal = '    type: Literal["double"] = "double"'
    code = PLUGIN.replace(literal, f"{literal}\n{newer}")
    code = code.replace("import Literal", "import ClassVar, Literal")
    shelf.install("netspec-double", "1.5", modules={"netspec_double": code})
    trained = netspec(shelf, "train", spec, "--out", tmp_path / "run")
    assert trained.returncode == 0, trained.stderr
    shutil.rmtree(shelf.folder)
    shelf.folder.mkdir()
    shelf.install("netspec-double", "1.0", modules={"netspec_double": PLUGIN})
    refused = netspec(shelf, "verify", tmp_path / "run")
    assert refused.returncode in (3, 6)
    assert said in refused.stderr
    right = "install netspec-double==1.5, which the model was made with: 1.0 is installed"
    assert right in refused.stderr
    assert "netspec-double==1.5\n" in netspec(shelf, "freeze", tmp_path / "run").stdout
