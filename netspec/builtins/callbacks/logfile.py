"""Files of numbers that callbacks write into the run's folder."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from netspec import SaveError, quote

__all__ = ["append_rows", "read_rows", "write_rows"]


def write_rows(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    """The rows as a new CSV file (RFC 4180); a list in a cell is written as JSON."""
    _write(path, "w", rows)


def append_rows(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    """The rows at the end of a CSV file."""
    _write(path, "a", rows)


def read_rows(path: Path) -> list[list[str]]:
    """The rows of a CSV file; none where there is no file."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _refused(path, error) from None


def _write(path: Path, mode: str, rows: Iterable[Sequence[Any]]) -> None:
    try:
        with path.open(mode, encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([_cell(value) for value in row] for row in rows)
    except OSError as error:
        raise _refused(path, error) from None


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict) else value


def _refused(path: Path, error: OSError) -> SaveError:
    return SaveError(f"{quote(path)}: {error.strerror}", "free the disk, or leave out the callback")
