"""The history: one line an epoch, each epoch once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec import ModelError
from netspec.runs.history import HISTORY, append, read, truncate


def records(count: int) -> list[dict[str, Any]]:
    return [{"epoch": epoch, "loss": 1 / epoch} for epoch in range(1, count + 1)]


def test_what_is_appended_is_read_to_the_bit(tmp_path: Path) -> None:
    for record in records(20):
        append(tmp_path, record)
    assert read(tmp_path) == records(20)


def test_no_file_is_an_empty_history(tmp_path: Path) -> None:
    assert read(tmp_path) == []
    assert truncate(tmp_path, 0) == []
    assert not (tmp_path / HISTORY).exists()


@given(written=st.integers(0, 6), kept=st.integers(0, 6), torn=st.binary(max_size=9))
def test_what_was_written_after_the_checkpoint_is_cut(
    tmp_path_factory: pytest.TempPathFactory, written: int, kept: int, torn: bytes
) -> None:
    folder = tmp_path_factory.mktemp("history")
    for record in records(written):
        append(folder, record)
    with (folder / HISTORY).open("ab") as file:
        file.write(torn.replace(b"\n", b""))
    if kept > written:
        with pytest.raises(ModelError, match="lacks epochs"):
            truncate(folder, kept)
        return
    assert truncate(folder, kept) == records(kept)
    append(folder, {"epoch": kept + 1, "loss": 0.0})
    assert [record["epoch"] for record in read(folder)] == list(range(1, kept + 2))


@pytest.mark.skipif(os.name != "posix", reason="files of POSIX")
@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_plain_file_keeps_nobody_waiting(make: Any, tmp_path: Path) -> None:
    make(tmp_path / HISTORY)
    with pytest.raises(ModelError):
        read(tmp_path)
