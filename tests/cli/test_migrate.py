"""`netspec migrate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netspec import Dense
from netspec.migrations import STEPS

from .conftest import write_spec


@pytest.fixture
def format_0(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec in a format 0 that never was, which called the seed `chance`."""

    def step(document: dict[str, Any]) -> dict[str, Any]:
        document["seed"] = document.pop("chance")
        return document

    monkeypatch.setitem(STEPS, 0, step)  # type: ignore[arg-type]
    write_spec(folder / "old.json", netspec=0, chance=7)
    return folder / "old.json"


def test_the_change_is_shown_and_written(cli, format_0: Path) -> None:
    done = cli("migrate", "old.json", "spec.json")
    assert done.exit_code == 0
    changed = [line for line in done.stdout.splitlines() if line[:1] in "+-"]
    assert '-  "chance": 7' in changed
    assert '+  "seed": 7,' in changed
    assert done.stderr == ("netspec: old.json migrated\nnetspec: spec.json is of today's format\n")
    assert json.loads(format_0.read_text())["netspec"] == 1
    assert cli("fmt", "--check", "old.json").exit_code == 0
    assert cli("migrate", "old.json").stdout == ""


def test_a_check_writes_nothing_and_ends_with_3(cli, format_0: Path) -> None:
    before = format_0.read_bytes()
    done = cli("migrate", "--check", "old.json")
    assert done.exit_code == 3
    assert '+  "seed": 7,' in done.stdout
    assert format_0.read_bytes() == before


def test_older_files_are_read_all_the_same_but_not_formatted(cli, format_0: Path) -> None:
    assert cli("validate", "old.json").exit_code == 0
    done = cli("fmt", "old.json")
    assert done.exit_code == 3
    assert "netspec migrate brings it to today's" in done.stderr


def test_a_newer_file_is_refused_with_both_numbers(cli, folder: Path) -> None:
    write_spec(folder / "new.json", netspec=2)
    done = cli("migrate", "new.json")
    assert done.exit_code == 3
    assert "has format 2, this netspec reads format 1; upgrade netspec" in done.stderr


def test_a_model_is_migrated_in_its_folder_and_loads_as_before(
    cli, folder: Path, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in trained.iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(Dense, "version", 2)
    done = cli("migrate", folder)
    assert (done.exit_code, done.stderr) == (0, f"netspec: {folder} migrated\n")
    changed = [line for line in done.stdout.splitlines() if line[:1] in "+-"]
    assert any('"versions": {"layer/dense": 2}' in line for line in changed)
    assert cli("verify", folder).exit_code == 0
    assert cli("migrate", folder).stdout == ""


def test_a_folder_without_a_model_is_4(cli, folder: Path) -> None:
    assert cli("migrate", folder).exit_code == 4
