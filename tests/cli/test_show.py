"""`netspec show`."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import write_spec

TABLE = """\
tiny
layer                 type      output shape  parameters  FLOPs
input                 float32   4
dense_1               dense     8                     40     72
tanh_1                tanh      8                             8
residual_1            residual  8                             8
  residual_1.dense_1  dense     8                     72    136
dense_2               dense     2                     18     34
softmax_1             softmax   2                            10
total                                                130    268
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
    for fact in (
        "fingerprint  architecture ",
        "made with",
        "bits key",
        "data digest",
        "2 epochs, 12 steps",
        "█▁",
        "test",
    ):
        assert fact in shown
    assert cli("show", trained / "model.json").stdout == shown


def test_nothing_in_a_description_can_move_the_cursor(cli, folder: Path) -> None:
    write_spec(folder / "spec.json", description="first\nse\u202econd\x1b[31m")
    shown = cli("show", "spec.json").stdout
    assert shown.startswith("tiny\nfirst\nse\\u202econd\\x1b[31m\nlayer ")


def test_json_has_the_same_as_one_object(cli, trained: Path) -> None:
    found = json.loads(cli("show", trained, "--json").stdout)
    assert [layer["path"] for layer in found["layers"]][2:4] == ["residual_1", "residual_1.dense_1"]
    assert found["parameters"] == 130
    assert len(found["history"]) == 2
    assert found["trained"]["ended"] == "epochs"


def test_what_a_training_needs_is_told(cli, folder: Path) -> None:
    shown = cli("show", "spec.json").stdout
    assert (
        "memory       520 B parameters, 0 B optimizer, 3.58 kB activations of a batch of 32"
        in shown
    )
    assert "compute      268 FLOP forward, 428 FLOP backward a sample" in shown
    adam = '{"type": "adam", "learning_rate": 0.1}'
    shown = cli("show", "spec.json", "--set", f"training.optimizer={adam}").stdout
    assert "1.04 kB optimizer" in shown
    found = json.loads(cli("show", "spec.json", "--json").stdout)
    assert found["memory"] == {
        "parameters": 520, "optimizer": 0, "activations": 3584, "batch_size": 32,
    }  # fmt: skip
    assert found["flops"] == {"forward": 268, "backward": 428}
    assert found["layers"][0]["forward"] == 72


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
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["dense_1", "dense", "8", "40", "72"] in rows
    assert ["swish_1", "swish", "?", "?", "-"] in rows
    assert ["softmax_1", "softmax", "?", "?", "-"] in rows
    assert "netspec: warning: " in done.stderr
    assert "netspec-swish==1.2" in done.stderr
    found = json.loads(cli("show", folder, "--json").stdout)
    assert found["layers"][1]["type"] == "swish"
    assert found["layers"][2]["output_shape"] is None
    assert (found["output_shape"], found["parameters"]) == (None, None)


def test_an_opaque_loss_or_initializer_hides_no_shape(cli, folder: Path) -> None:
    done = cli("show", "spec.json", "--set", "loss=blame", "--set", "layers.0.weight_init=guess")
    assert done.exit_code == 0
    assert done.stdout.startswith(TABLE)
    assert done.stderr.count("netspec: warning: --set ") == 2


MERMAID = """\
flowchart TD
  n0["input<br>4"]
  n1["dense_1: dense<br>8<br>40 parameters"]
  n2["tanh_1: tanh<br>8"]
  subgraph g3 ["residual_1: residual<br>y = f(x) + x"]
    n4["dense_1: dense<br>8<br>72 parameters"]
  end
  n5["dense_2: dense<br>2<br>18 parameters"]
  n6["softmax_1: softmax<br>2"]
  n7["loss: cross_entropy"]
  n0 --> n1
  n1 --> n2
  n2 --> n4
  n4 --> n5
  n5 --> n6
  n6 --> n7
"""


def test_mermaid_draws_the_chain(cli, folder: Path) -> None:
    done = cli("show", "spec.json", "--format", "mermaid")
    assert (done.exit_code, done.stdout) == (0, MERMAID)


def test_dot_draws_the_chain(cli, folder: Path) -> None:
    done = cli("show", "spec.json", "--format", "dot", "--set", "name=tiny_2")
    assert done.stdout.startswith(
        'digraph "tiny_2" {\n  node [shape=box];\n  n0 [label="input\\n4"];'
    )
    assert '  subgraph cluster_g3 { label="residual_1: residual\\ny = f(x) + x";\n' in done.stdout
    assert done.stdout.endswith("  n6 -> n7;\n}\n")
    assert done.stdout.count("{") == done.stdout.count("}") == 2


def test_chains_side_by_side_are_drawn_side_by_side(cli, folder: Path) -> None:
    layers = [{"type": "residual", "layers": ["relu"], "projection": ["tanh"]}]
    write_spec(folder / "wide.json", layers=layers, loss=None, training=None)
    shown = cli("show", "wide.json", "--format", "mermaid").stdout
    edges = [line.strip() for line in shown.splitlines() if "-->" in line]
    assert edges == ["n0 --> n2", "n0 --> n3"]


def test_a_folder_without_a_model_is_4_and_a_file_that_is_not_there_3(cli, folder: Path) -> None:
    assert cli("show", folder).exit_code == 4
    assert cli("show", "nowhere.json").exit_code == 3


def test_what_is_inside_a_frozen_layer_is_not_trained(cli, folder: Path) -> None:
    done = cli("show", "spec.json", "--set", "layers.1.trainable=false", "--json")
    assert json.loads(done.stdout)["trainable"] == 58


def test_a_spec_and_its_model_have_one_fingerprint(cli, folder: Path, trained: Path) -> None:
    """It depends on what is meant: not on a name, nor on what a default or a bare type is written as."""

    def fingerprint(target: object, *settings: str) -> dict[str, str]:
        options = [word for setting in settings for word in ("--set", setting)]
        return json.loads(cli("show", target, "--json", *options).stdout)["fingerprint"]

    model = json.loads((trained / "model.json").read_text())["provenance"]["fingerprint"]
    assert fingerprint("spec.json") == fingerprint(trained) == model
    same = ("name=other", "layers.0.use_bias=true", "layers.3.name=softmax_1", "dtype=float32")
    assert fingerprint("spec.json", *same) == model
    longer = fingerprint("spec.json", "training.epochs=3")
    assert longer["architecture"] == model["architecture"]
    assert longer["spec"] != model["spec"]
    wider = fingerprint("spec.json", "layers.0.units=9", "layers.1.layers.0.units=9")
    assert wider["architecture"] != model["architecture"]
    assert fingerprint("spec.json", "loss=blame") is None


def test_set_counts_for_a_models_folder_too(cli, trained: Path) -> None:
    setting = ("--set", "training.batch_size=7", "--json")
    for target in (trained, trained / "model.json"):
        found = json.loads(cli("show", target, *setting).stdout)
        assert found["memory"]["batch_size"] == 7


def test_a_graph_is_no_json(cli, folder: Path) -> None:
    done = cli("show", "spec.json", "--format", "dot", "--json")
    assert done.exit_code == 2
    assert "--format and --json exclude each other" in done.stderr
