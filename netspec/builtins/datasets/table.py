"""The rows of a CSV file, with the places where they stand."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from netspec import DataError, nearest, quote

from .files import known_content, open_regular, shown_name

__all__ = ["Complaints", "Row", "Table", "open_table"]

Row = tuple[int, list[str]]
"""The line of the file on which a row begins, from 1, and its cells, without outer spaces."""

_BLOCK = 8192


@dataclass
class Complaints:
    """What is wrong with the cells of a file: the first one in words, the others counted."""

    name: str
    count: int = 0
    place: tuple[int, int] = (0, 0)
    what: str = ""
    right: str = ""

    def add(self, line: int, column: int, what: str, right: str) -> None:
        """One wrong cell; line and column from 1."""
        self.count += 1
        if self.count == 1 or (line, column) < self.place:
            self.place, self.what, self.right = (line, column), what, right

    def check(self) -> None:
        """DataError where there was any complaint."""
        if self.count:
            line, column = self.place
            others = "" if self.count == 1 else f" (the first of {self.count} that are wrong)"
            raise DataError(f"{self.name}:{line}:{column}: {self.what}{others}", self.right)


@dataclass
class Table:
    """A CSV file that is open: its name, its columns' names (none without a header), its rows."""

    name: str
    names: tuple[str, ...] | None
    width: int
    rows: Iterator[Row]
    absent: int | None = None
    complaints: Complaints = field(init=False)

    def __post_init__(self) -> None:
        self.complaints = Complaints(self.name)

    def index(self, column: str | int) -> int:
        """Where a column stands, by its name, or by its index where there is no header."""
        if isinstance(column, int):
            index = column - (self.absent is not None and column > self.absent)
            if index >= self.width:
                right = f"it has {self.width} columns, counted from 0"
                raise DataError(f"{self.name}: there is no column {column}", right)
            return index
        names = self.names or ()
        if names.count(column) == 1:
            return names.index(column)
        if column in names:
            right = "give each column that is used a name of its own"
            raise DataError(f"{self.name}:1: two columns have the name {quote(column)}", right)
        right = nearest(column, names)
        if len(names) == 1:
            right += '; if the file has more columns, name what separates them: "delimiter": ";"'
        raise DataError(f"{self.name}:1: there is no column {quote(column)}", right)

    def leave_out(self, target: str | int, columns: int) -> None:
        """Let the file lack the target, where there is no header and it should have `columns`."""
        if isinstance(target, int) and self.width != columns:
            if self.width != columns - 1:
                raise DataError(
                    f"{self.name}: {self.width} columns, but the training file had {columns}",
                    "give the same columns, with or without the target",
                )
            self.absent = target

    def all_but(self, column: str | int) -> list[str | int]:
        """All columns but this one, in the order of the file; each must have a name of its own."""
        if self.names is None:
            return [index for index in range(self.width) if index != column]
        if "" in self.names:
            place = self.names.index("") + 1
            right = 'name it, or say which columns are used: "features"'
            raise DataError(f"{self.name}:1:{place}: the column has no name", right)
        for name in self.names:
            self.index(name)
        return [name for name in self.names if name != column]

    def blocks(self) -> Iterator[tuple[list[int], list[list[str]]]]:
        """The rows that have all their cells, thousands at a time: lines and cells."""
        while block := list(islice(self.rows, _BLOCK)):
            whole = [(line, cells) for line, cells in block if self._is_whole(line, cells)]
            yield [line for line, _ in whole], [cells for _, cells in whole]

    def _is_whole(self, line: int, cells: Sequence[str]) -> bool:
        if len(cells) == self.width:
            return True
        self.complaints.add(
            line,
            min(len(cells), self.width) + 1,
            f"the row has {len(cells)} cells, the first row has {self.width}",
            'a cell that holds the delimiter stands in quotes; "delimiter" names another',
        )
        return False


@contextmanager
def open_table(path: Path, header: bool, delimiter: str) -> Iterator[Table]:
    """A CSV file in UTF-8, with or without a byte-order mark, whatever ends its lines.

    DataError where it is something else, and where the header is said to be there and isn't.
    """
    name = shown_name(path)
    with open_regular(path) as file:
        head = file.read(64)
        file.seek(0)
        if what := known_content(head):
            raise DataError(f"{name}: this is {what}, not CSV")
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        rows = _rows(text, name, delimiter)
        first = next(rows, None)
        if first is None:
            raise DataError(f"{name}: the file has no rows")
        cells = first[1]
        if header:
            yield Table(name, tuple(cells), len(cells), rows)
        else:
            yield Table(name, None, len(cells), _again(first, rows))


def _again(first: Row, rows: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rows


def _rows(text: io.TextIOWrapper, name: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(text, delimiter=delimiter, strict=True, skipinitialspace=delimiter != " ")
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, [cell.strip(" \t") for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{name}:{line}: the row cannot be read: {error}", "look at its quotes"
        ) from None
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name}: not UTF-8, at line {line} or soon after: {error.reason}", "save it as UTF-8"
        ) from None
