"""The history: one line of JSON an epoch, each epoch once, whatever happened in between."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from netspec.errors import ModelError, quote
from netspec.files import read_file, saving, write_file

__all__ = ["HISTORY", "append", "keep", "read", "truncate"]

HISTORY = "history.jsonl"
_MOST = 2**30


def append(folder: Path, record: Mapping[str, Any]) -> None:
    """Add one line."""
    path = folder / HISTORY
    with saving(path), open(path, "ab") as file:
        file.write(orjson.dumps(record) + b"\n")


def keep(folder: Path) -> None:
    """Have the disk hold what was added, before a checkpoint that is past it."""
    path = folder / HISTORY
    if path.exists():
        with saving(path), open(path, "ab") as file:
            os.fsync(file.fileno())


def read(folder: Path) -> list[dict[str, Any]]:
    """The records of all whole lines; a torn last line is left out."""
    try:
        records = [orjson.loads(line) for line in _bytes(folder).split(b"\n")[:-1]]
    except orjson.JSONDecodeError as error:
        raise ModelError(f"{quote(folder / HISTORY)} is damaged: {error}") from None
    if not all(isinstance(record, dict) for record in records):
        raise ModelError(f"{quote(folder / HISTORY)} is damaged: a line is no object")
    return records


def _bytes(folder: Path) -> bytes:
    try:
        return read_file(folder / HISTORY, _MOST, folder)
    except FileNotFoundError:
        return b""


def truncate(folder: Path, epochs: int, first: int = 0) -> list[dict[str, Any]]:
    """Cut what was written after the checkpoint; returns the records that stay.

    Raises ModelError where lines are missing that the checkpoint is past.
    """
    kept = read(folder)[: epochs - first]
    if [record.get("epoch") for record in kept] != list(range(first + 1, epochs + 1)):
        raise ModelError(
            f"{quote(folder / HISTORY)} lacks epochs that the checkpoint is past",
            "restore the file, or train afresh with --overwrite",
        )
    data = b"".join(orjson.dumps(record) + b"\n" for record in kept)
    if _bytes(folder) != data:
        write_file(folder / HISTORY, data)
    return kept
