"""The engine of VS Code's JSON editor understands the schema: it completes and it warns."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netspec.schema import json_schema

PACKAGE = "vscode-json-languageservice"
SPECS_FOLDER = Path(__file__).parents[1] / "specs"
SPECS = sorted(SPECS_FOLDER.rglob("*.json"))

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Gives the engine a document with cursors (¦); skips where node or the package is not to be had."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node is not installed")
    folder = tmp_path_factory.mktemp("editor")
    try:
        subprocess.run(
            [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), PACKAGE],
            check=True,
            capture_output=True,
            timeout=60,
        )
    except subprocess.SubprocessError:
        pytest.skip(f"{PACKAGE} cannot be installed")
    script = shutil.copy(Path(__file__).with_name("editor.js"), folder)
    schema = folder / "netspec.schema.json"
    schema.write_text(json.dumps(json_schema()))

    def answer(text: str, below: str = "") -> dict[str, Any]:
        document = folder / below / "spec.json"
        document.parent.mkdir(parents=True, exist_ok=True)
        document.write_text(text, encoding="utf-8")
        command = [node, script, str(document), str(schema)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        return json.loads(done.stdout)

    return answer


def test_it_offers_the_types_and_the_options_of_layers_where_they_are_written(ask: Ask) -> None:
    offers = ask(
        '{"netspec": 1, "input_shape": [4], "layers": [\n'
        '  {"type": "dense", "units": 3, ¦},\n'
        '  {"type": ¦},\n'
        '  {"type": "dense", "units": 2, "weight_init": ¦},\n'
        "  ¦\n"
        '], "loss": ¦, ¦}'
    )["offers"]
    options, types, initializers, layers, losses, keys = map(set, offers)
    assert {"activation", "use_bias", "weight_init", "trainable"} <= options
    assert {'"dense"', '"relu"', '"dropout"'} <= types
    assert {'"he"', '"zeros"'} <= initializers
    assert {'"relu"', '"softmax"', '"flatten"'} <= layers
    assert {'"mse"', '"cross_entropy"'} <= losses
    assert {"training", "seed", "description", "$schema"} <= keys


def test_it_offers_what_a_training_takes(ask: Ask) -> None:
    offers = ask(
        '{"netspec": 1, "input_shape": [4], "layers": [], "training": {"optimizer": '
        '{"type": "sgd", "learning_rate": 0.1, ¦}, "metrics": [¦], "data": {"type": ¦}, ¦}}'
    )["offers"]
    options, metrics, data, keys = map(set, offers)
    assert {"momentum", "nesterov"} <= options
    assert {'"accuracy"'} <= metrics
    assert {'"csv"', '"npz"'} <= data
    assert {"epochs", "batch_size", "callbacks"} <= keys


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_it_finds_nothing_wrong_with_our_own_specs(ask: Ask, path: Path) -> None:
    """Each stands where it stands in the project, and its "$schema" is followed from there."""
    below = path.parent.relative_to(SPECS_FOLDER.parent)
    assert ask(path.read_text(encoding="utf-8"), str(below))["problems"] == []


def test_the_schema_is_found_by_the_path_that_a_document_says(ask: Ask) -> None:
    text = '{"$schema": "../../%s", "netspec": 1, "input_shape": [4], "layers": ["dens"]}'
    (problem,) = ask(text % "netspec.schema.json", "a/b")["problems"]
    assert "dens" in problem or "Value" in problem
    (problem,) = ask(text % "nowhere.json", "a/b")["problems"]
    assert "Unable to load schema" in problem


@pytest.mark.parametrize(
    "layer",
    ['{"type": "dense", "unit": 3}', '{"type": "dense", "units": 0}', '"dens"', '{"type": "dens"}'],
)
def test_it_warns_of_what_netspec_refuses(ask: Ask, layer: str) -> None:
    text = '{"netspec": 1, "input_shape": [4], "layers": [%s]}'
    assert ask(text % layer)["problems"]
