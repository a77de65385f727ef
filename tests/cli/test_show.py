"""`netspec show`."""

from __future__ import annotations

import json
from pathlib import Path

TABLE = """\
tiny
layer                 type      output shape  parameters
input                 float32   4
dense_1               dense     8                     40
tanh_1                tanh      8
residual_1            residual  8
  residual_1.dense_1  dense     8                     72
dense_2               dense     2                     18
softmax_1             softmax   2
total                                                130
"""


def test_a_spec_is_a_table_of_its_layers(cli, folder: Path) -> None:
    """Neither the data nor a training is needed."""
    (folder / "data.npz").unlink()
    done = cli("show", "spec.json")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(TABLE)


def test_parameters_that_are_not_trained_are_counted_apart(cli, folder: Path) -> None:
    done = cli("show", "spec.json", "--set", "layers.0.trainable=false")
    assert "90 of the parameters are trained" in done.stdout
    found = json.loads(
        cli("show", "spec.json", "--set", "layers.0.trainable=false", "--json").stdout
    )
    assert (found["parameters"], found["trainable"]) == (130, 90)


def test_a_model_shows_where_it_comes_from_and_how_it_learned(cli, trained: Path) -> None:
    shown = cli("show", trained).stdout
    assert shown.startswith(TABLE)
    for fact in ("made with", "bits key", "data digest", "2 epochs, 12 steps", "█▁", "test"):
        assert fact in shown
    assert cli("show", trained / "model.json").stdout == shown


def test_json_has_the_same_as_one_object(cli, trained: Path) -> None:
    found = json.loads(cli("show", trained, "--json").stdout)
    assert [layer["path"] for layer in found["layers"]][2:4] == ["residual_1", "residual_1.dense_1"]
    assert found["parameters"] == 130
    assert len(found["history"]) == 2
    assert found["trained"]["ended"] == "epochs"


def test_a_model_whose_plugin_is_missing_is_shown_as_far_as_it_says_itself(
    cli, folder: Path, trained: Path
) -> None:
    document = json.loads((trained / "model.json").read_text())
    document["layers"][1] = {"type": "swish", "name": "swish_1"}
    document["provenance"]["plugins"] = {
        "netspec-swish": {"version": "1.2", "types": ["layer/swish"]}
    }
    (folder / "model.json").write_text(json.dumps(document))
    done = cli("show", folder)
    assert done.exit_code == 0
    assert "swish_1     swish" in done.stdout
    assert "netspec: warning: " in done.stderr
    assert "netspec-swish==1.2" in done.stderr
    assert json.loads(cli("show", folder, "--json").stdout)["layers"][1]["type"] == "swish"


def test_a_folder_without_a_model_is_4_and_a_file_that_is_not_there_3(cli, folder: Path) -> None:
    assert cli("show", folder).exit_code == 4
    assert cli("show", "nowhere.json").exit_code == 3


def test_what_is_inside_a_frozen_layer_is_not_trained(cli, folder: Path) -> None:
    done = cli("show", "spec.json", "--set", "layers.1.trainable=false", "--json")
    assert json.loads(done.stdout)["trainable"] == 58
