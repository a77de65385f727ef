"""The columns of a table that are used: numbers and words, checked cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from netspec import Array, quote

from .numerals import Numerals
from .table import Complaints, Table

__all__ = ["Column", "Missing", "Reading", "read_columns"]

Missing = Literal["drop"] | float | None

_MISSING = frozenset(["", "?", "NA", "N/A", "na", "n/a", "NaN", "nan", "NAN", "NULL", "null"])
_FILL = "fill it: a prediction answers every row"


@dataclass(frozen=True)
class Column:
    """A column to read: its name or index, whether it holds words, and whether it is the target."""

    key: str | int
    words: bool = False
    target: bool = False


@dataclass(frozen=True)
class Reading:
    """What was read: for each column an array, float64 or words (object).

    `lines` says where each row begins in the file, `places` which column it is there, from 1.
    """

    name: str
    values: dict[str | int, Array]
    lines: Array
    places: dict[str | int, int]

    def __len__(self) -> int:
        return len(self.lines)

    def refuse(self, column: str | int, wrong: Array, what: str, right: str) -> None:
        """DataError for the first of the rows that are wrong, if any is."""
        rows = np.flatnonzero(wrong)
        if rows.size:
            cell = quote(self.values[column][rows[0]])
            complaints = Complaints(self.name)
            for row in rows:
                complaints.add(int(self.lines[row]), self.places[column], f"{cell} {what}", right)
            complaints.check()


def read_columns(
    table: Table,
    columns: Sequence[Column],
    numerals: Numerals,
    missing: Missing,
    every_row: bool = False,
) -> Reading:
    """Every row of the table, these columns only; others are not looked at.

    A cell is missing where it is empty, `?`, `NA`, `N/A`, `NaN` or `null`. `missing` says what
    becomes of it: a refusal (None), its row is dropped, or a number stands in its place (in columns
    of numbers that are no target). With `every_row`, as in a prediction, no row is dropped.

    Raises DataError with file, line and column of the first wrong cell, and how many there are.
    """
    indices = [table.index(column.key) for column in columns]
    if table.names and all(numerals.number(name) is not None for name in table.names):
        table.complaints.add(
            1, 1, "the first row holds numbers, not the columns' names", 'write "header": false'
        )
        table.complaints.check()
    read: list[list[Array]] = [[] for _ in columns]
    read_lines = [np.empty(0, np.int64)]
    for lines, rows in table.blocks():
        block = []
        keep = np.ones(len(rows), np.bool_)
        for column, index in zip(columns, indices, strict=True):
            cells = [row[index] for row in rows]
            gone = np.array([cell in _MISSING for cell in cells], np.bool_)
            if missing == "drop" and not every_row:
                keep &= ~gone
            elif column.words or column.target or not isinstance(missing, float):
                right = _FILL if every_row else _leave_out(column)
                for row in np.flatnonzero(gone):
                    what = f"{quote(cells[row])} is a missing value" if cells[row] else "empty"
                    table.complaints.add(lines[row], index + 1, what + _in(column), right)
            block.append((column, index, cells, gone))
        for place, (column, index, cells, gone) in enumerate(block):
            values = _values(table, column, index, cells, lines, gone, numerals)
            if not column.words and isinstance(missing, float):
                values[gone] = missing
            read[place].append(values[keep])
        read_lines.append(np.array(lines, np.int64)[keep])
    table.complaints.check()
    return Reading(
        table.name,
        {
            column.key: np.concatenate([_nothing(column), *arrays])
            for column, arrays in zip(columns, read, strict=True)
        },
        np.concatenate(read_lines),
        {column.key: index + 1 for column, index in zip(columns, indices, strict=True)},
    )


def _nothing(column: Column) -> Array:
    return np.empty(0, object if column.words else np.float64)


def _values(
    table: Table,
    column: Column,
    index: int,
    cells: list[str],
    lines: list[int],
    gone: Array,
    numerals: Numerals,
) -> Array:
    if column.words:
        return np.array([*cells, None], object)[:-1]
    values = numerals.numbers(cells)
    for row in np.flatnonzero(np.isnan(values) & ~gone):
        cell, line = cells[row], lines[row]
        right = numerals.advice(cell) or _advice(table, column, line)
        what = f"{quote(cell)} is no number{_in(column)}"
        table.complaints.add(line, index + 1, what, right)
    return values


def _advice(table: Table, column: Column, line: int) -> str:
    if table.names is None and line == 1:
        return 'write "header": true if the first row holds the columns\' names'
    if column.target:
        return 'write "target_kind": "class" if the target is a class'
    return 'list the column in "categories" if it holds words, or name the "features" without it'


def _leave_out(column: Column) -> str:
    right = '"missing": "drop" leaves such rows out'
    if column.words or column.target:
        return right
    return right + ', a number ("missing": 0) stands in their place'


def _in(column: Column) -> str:
    return f" in the column {quote(column.key)}" if isinstance(column.key, str) else ""
