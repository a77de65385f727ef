"""`netspec fmt`."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import SPEC, write_spec


def test_a_spec_is_rewritten_and_then_left_alone(cli, folder: Path) -> None:
    done = cli("fmt", "spec.json")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "netspec: spec.json rewritten\n"
    assert (
        '\n    {"type": "dense", "units": 8, "activation": "tanh"},\n'
        in Path("spec.json").read_text()
    )
    assert cli("fmt", "spec.json").stderr == ""
    assert cli("validate", "spec.json").exit_code == 0


def test_a_check_writes_nothing_and_ends_with_3(cli, folder: Path) -> None:
    write_spec(folder / "other.json")
    cli("fmt", "spec.json")
    before = Path("other.json").read_bytes()
    done = cli("fmt", "--check", "spec.json", "other.json")
    assert done.exit_code == 3
    assert done.stderr == "netspec: other.json is not in the canonical form\n"
    assert Path("other.json").read_bytes() == before
    assert cli("fmt", "--check", "spec.json").exit_code == 0


def test_standard_input_goes_to_standard_output(cli, folder: Path) -> None:
    cli("fmt", "spec.json")
    done = cli("fmt", "-", stdin=json.dumps(SPEC))
    assert (done.exit_code, done.stdout) == (0, Path("spec.json").read_text())
    assert cli("fmt", "--check", "-", stdin=json.dumps(SPEC)).exit_code == 3
    assert cli("fmt", "--check", "-", stdin=done.stdout).exit_code == 0


def test_a_wrong_spec_stays_as_it_is_and_the_others_are_rewritten(cli, folder: Path) -> None:
    Path("broken.json").write_text("{")
    done = cli("fmt", "broken.json", "nowhere.json", "spec.json")
    assert done.exit_code == 3
    assert done.stderr.count("netspec: error: ") == 2
    assert "spec.json rewritten" in done.stderr
    assert Path("broken.json").read_text() == "{"


def test_a_saved_model_is_in_the_canonical_form_with_its_plugin_and_without(
    cli, folder: Path, trained: Path
) -> None:
    saved = (trained / "model.json").read_text()
    Path("model.json").write_text(saved)
    assert cli("fmt", "--check", "model.json").exit_code == 0
    Path("model.json").write_text(
        saved.replace('"type": "softmax"', '"type": "swish"').replace(
            '"plugins": {}',
            '"plugins": {"netspec-x": {"version": "1.2", "types": ["layer/swish"]}}',
        )
    )
    before = Path("model.json").read_bytes()
    done = cli("fmt", "model.json")
    assert done.exit_code == 0
    assert "netspec: warning: model.json:" in done.stderr
    assert "the model was made with netspec-x==1.2" in done.stderr
    assert "it stays as it is written" in done.stderr
    changed = [line for line in done.stderr.splitlines() if "rewritten" in line]
    assert (Path("model.json").read_bytes() == before) is not bool(changed)
    assert json.loads(before) == json.loads(Path("model.json").read_text())


def test_a_link_stays_a_link(cli, folder: Path) -> None:
    Path("link.json").symlink_to("spec.json")
    cli("fmt", "link.json")
    assert Path("link.json").is_symlink()
    assert cli("fmt", "--check", "spec.json").exit_code == 0
