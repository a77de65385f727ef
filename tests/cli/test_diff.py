"""`netspec diff`."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

from .conftest import SPEC, write_spec

CHANGED = [
    {"type": "dropout", "rate": 0.2},
    {"type": "dense", "units": 8},
    "tanh",
    {"type": "residual", "layers": [{"type": "dense", "units": 8}, "relu"]},
    {"type": "dense", "units": 3},
]

TEXT = """\
--- spec.json
+++ other.json
  ~ seed 0 → 7
layers
  +  1  dropout   rate 0.2
     2  dense
     3  tanh
  ~  4  residual  + layers/1 "relu"
  ~  5  dense     units 2 → 3
  -  5  softmax
training
  ~ optimizer/learning_rate 0.1 → 0.5
  + metrics/1 {"type": "top_k", "k": 2}
"""


def other_training() -> dict[str, object]:
    optimizer = {"type": "sgd", "learning_rate": 0.5}
    metrics = ["accuracy", {"type": "top_k", "k": 2}]
    return {**SPEC["training"], "optimizer": optimizer, "metrics": metrics}


def test_specs_are_compared_by_meaning(cli, folder: Path) -> None:
    write_spec(folder / "other.json", layers=CHANGED, seed=7, training=other_training())
    done = cli("diff", "spec.json", "other.json")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == TEXT


def test_what_is_written_otherwise_is_no_difference(cli, folder: Path) -> None:
    Path("other.json").write_bytes(Path("spec.json").read_bytes())
    cli("fmt", "other.json")
    assert cli("diff", "spec.json", "other.json").stdout == "no difference\n"


def test_json_has_the_same(cli, folder: Path) -> None:
    write_spec(folder / "other.json", layers=CHANGED, seed=7, training=other_training())
    found = json.loads(cli("diff", "spec.json", "other.json", "--json").stdout)
    assert found["same"] is False
    assert found["document"] == [{"pointer": "/seed", "before": 0, "after": 7}]
    assert [layer["how"] for layer in found["layers"]] == [
        "inserted", "same", "same", "changed", "changed", "removed",
    ]  # fmt: skip
    assert found["layers"][3]["changes"] == [{"pointer": "/layers/1", "after": "relu"}]
    assert found["training"][1] == {"pointer": "/metrics/1", "after": {"type": "top_k", "k": 2}}


def test_the_arrays_of_models_are_compared(cli, folder: Path, trained: Path) -> None:
    assert cli("diff", trained, trained).stdout == "no difference\n"
    spec = trained.parent / "spec.json"
    cli("train", spec, "--out", "other", "--set", "training.epochs=1")
    done = cli("diff", trained, "other")
    assert done.exit_code == 0
    assert "epochs 2 → 1" in done.stdout
    rows = [line.split() for line in done.stdout.splitlines() if ".weight" in line]
    assert [row[1] for row in rows] == [
        "dense_1.weight", "dense_2.weight", "residual_1.dense_1.weight",
    ]  # fmt: skip
    assert all(0.5 < float(row[-1]) < 1 for row in rows)
    arrays = json.loads(cli("diff", trained, "other", "--json").stdout)["arrays"]
    assert {array["path"]: array["after"] for array in arrays}["dense_1.weight"] == [8, 4]


def test_a_spec_and_a_model_are_compared_without_their_weights(cli, folder: Path, trained) -> None:
    done = cli("diff", trained.parent / "spec.json", trained)
    assert "layers" not in done.stdout
    assert "+ trained/epochs 2" in done.stdout


def test_a_model_whose_weights_are_missing_is_4(cli, folder: Path, trained: Path) -> None:
    (folder / "model.json").write_bytes((trained / "model.json").read_bytes())
    done = cli("diff", folder, trained)
    assert done.exit_code == 4
    assert "are missing" in done.stderr


def test_models_whose_plugin_is_missing_are_compared_all_the_same(
    cli, folder: Path, trained: Path
) -> None:
    for path in trained.glob("*.safetensors"):
        (folder / path.name).write_bytes(path.read_bytes())
    saved = (trained / "model.json").read_text().replace('"type": "softmax"', '"type": "swish"')
    (folder / "model.json").write_text(saved)
    done = cli("diff", folder, trained)
    assert done.exit_code == 0
    assert "swish" in done.stdout
    assert 'unknown layer "swish"' in done.stderr
    assert ".weight" not in done.stdout


def test_the_recipe_for_git_shows_the_canonical_form(folder: Path) -> None:
    """As in docs/documents.md: what is only written otherwise is no change."""
    recipe = next(
        line.strip()
        for line in (Path(__file__).parents[2] / "docs/documents.md").read_text().splitlines()
        if line.strip().startswith("git config diff.netspec.textconv")
    )
    recipe = recipe.replace("netspec fmt", f"{shlex.quote(sys.executable)} -m netspec fmt")

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    git("init", "--quiet")
    subprocess.run(["sh", "-c", recipe], check=True)
    Path(".gitattributes").write_text("*.json diff=netspec\n")
    git("add", "spec.json", ".gitattributes")
    git("commit", "--quiet", "-m", "first")
    write_spec(folder / "spec.json", seed=7, loss={"type": "cross_entropy"})
    changed = [line for line in git("diff").splitlines() if line[:1] in "+-"]
    assert changed[2:] == ['+  "seed": 7,']
    Path("spec.json").write_text("no JSON")
    assert "+no JSON" in git("diff")
