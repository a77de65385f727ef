"""`netspec validate`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from .conftest import SPEC, write_spec


def test_a_good_spec_is_ok_without_its_data(cli, folder: Path) -> None:
    (folder / "data.npz").unlink()
    done = cli("validate", "spec.json")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "spec.json: OK, 5 layers, 130 parameters\n"


def test_all_specs_are_checked_and_the_highest_exit_code_counts(cli, folder: Path) -> None:
    write_spec(folder / "wrong.json", loss="mze")
    write_spec(folder / "huge.json", layers=[{"type": "dense", "units": 10**9}] * 2)
    done = cli("validate", "huge.json", "wrong.json", "spec.json", "nowhere.json")
    assert done.exit_code == 9
    assert done.stdout == "spec.json: OK, 5 layers, 130 parameters\n"
    assert done.stderr.count("netspec: error: ") == 3


def test_json_says_of_every_fault_where_it_is(cli, folder: Path) -> None:
    write_spec(folder / "wrong.json", loss="mze", seed=-1)
    done = cli("validate", "spec.json", "wrong.json", "--json")
    assert done.exit_code == 3
    good, wrong = json.loads(done.stdout)["specs"]
    assert good == {"spec": "spec.json", "ok": True, "layers": 5, "parameters": 130}
    assert wrong["exit_code"] == 3
    assert [fault["pointer"] for fault in wrong["errors"]] == ["/loss", "/seed"]
    assert all(fault["file"] == "wrong.json" and fault["line"] == 1 for fault in wrong["errors"])


def test_set_is_applied_first(cli, folder: Path) -> None:
    done = cli("validate", "spec.json", "--set", "layers.2.units=3")
    assert done.stdout == "spec.json: OK, 5 layers, 139 parameters\n"
    assert cli("validate", "spec.json", "--set", "loss=mze").exit_code == 3


def test_standard_input_is_checked_too(cli) -> None:
    assert cli("validate", "-", stdin=json.dumps(SPEC)).exit_code == 0


def test_data_are_opened_where_that_is_asked_for(cli, folder: Path) -> None:
    assert cli("validate", "spec.json", "--data").exit_code == 0
    np.savez("data.npz", x_train=np.zeros((9, 3)), y_train=np.zeros(9, int))
    write_spec(
        folder / "other.json",
        training={**SPEC["training"], "data": {"type": "npz", "path": "data.npz"}},
    )
    done = cli("validate", "other.json", "--data")
    assert done.exit_code == 5
    assert "the network takes (N, 4)" in done.stderr
    (folder / "data.npz").unlink()
    assert cli("validate", "spec.json", "--data").exit_code == 5
