"""What can go wrong, as one tree of exceptions, each with its exit code.

    NetspecError          1  a defect of netspec itself
    ├── SpecError         3  the document is wrong
    ├── ModelError        4  a saved model or its weights are wrong
    ├── DataError         5  the data are wrong
    ├── PluginError       6  a plugin is missing, broken or breaks its promises
    ├── DivergenceError   7  training left the finite numbers
    ├── SaveError         8  the disk, a permission or a lock refused
    │   └── RunLocked     8  another process holds the folder
    └── LimitError        9  over a limit

An error holds one or more faults. A fault says what is wrong, what would be right and, where it
came from a document, the place: file, line, column and JSON pointer.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Literal, NamedTuple, Self

__all__ = [
    "MOST_FAULTS",
    "DataError",
    "DivergenceError",
    "Fault",
    "JSONPath",
    "LimitError",
    "ModelError",
    "NetspecError",
    "NetspecWarning",
    "Place",
    "PluginError",
    "RunLocked",
    "SaveError",
    "SpecError",
    "cells",
    "nearest",
    "pointer",
    "printable",
    "quote",
    "together",
    "warn",
]

JSONPath = tuple[str | int, ...]

MOST_FAULTS = 100
"""So many faults of one document are told; of more, how many they are."""

_WINDOW = 90
"""How many characters of a long line are drawn."""

_LONG = 120
"""So many characters of a pointer are shown in a message."""

_FEW = 20
"""So many names are all listed; of more, only the nearest."""


class Place(NamedTuple):
    """Where in a text: file, line and column from 1 (columns count characters), and the line."""

    file: str
    line: int
    column: int
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def drawing(self) -> str:
        """The line, of a long one the part around the column, and a caret under the column.

        Tabs are kept, `…` stands where the line was cut.
        """
        at = self.column - 1
        start = min(max(0, at - _WINDOW // 2), max(0, len(self.text) - _WINDOW))
        end = start + _WINDOW
        cut = "…" * (start > 0)
        before, rest = self.text[start:at], self.text[max(at, start) : end]
        line = printable(cut + before + rest) + "…" * (end < len(self.text))
        caret = "".join("\t" if c == "\t" else " " * cells(c) for c in printable(cut + before))
        return f"    {line}\n    {caret}^"


class Fault(NamedTuple):
    """One thing that is wrong: `what`, `right` (the way out), and where it stands.

    `at` says whether a path means the value or, for a key that does not belong there, the key.
    """

    what: str
    right: str = ""
    path: JSONPath | None = None
    place: Place | None = None
    origin: str = ""
    at: Literal["value", "key"] = "value"

    def __str__(self) -> str:
        where = str(self.place) if self.place else self.origin
        path = pointer(self.path or ())
        path = path if len(path) <= _LONG else path[: _LONG - 1] + "…"
        parts = [where, path, self.what]
        line = ": ".join(part for part in parts if part)
        return f"{line}; {self.right}" if self.right else line


class NetspecError(Exception):
    """The parent of every error that netspec raises on purpose."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, right: str = "", *, path: JSONPath | None = None) -> None:
        super().__init__(what)
        self.faults: tuple[Fault, ...] = (Fault(what, right, path),)

    @classmethod
    def of(cls, faults: Iterable[Fault]) -> Self:
        """One error for several faults, in the order given."""
        error = cls("")
        error.faults = tuple(faults)
        return error

    def under(self, *prefix: str | int) -> Self:
        """The same error, seen from further up in the document."""
        faults = (fault._replace(path=prefix + (fault.path or ())) for fault in self.faults)
        return type(self).of(faults)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).of, (self.faults,)


class SpecError(NetspecError, ValueError):
    """The document, or a component made in Python, is wrong.

    It is a ValueError, so that a pydantic validator of a component may raise it.
    """

    exit_code = 3


class ModelError(NetspecError):
    """A saved model is missing, damaged, or does not hold what its document says."""

    exit_code = 4


class DataError(NetspecError):
    """The data are missing, unreadable, or do not fit the network."""

    exit_code = 5


class PluginError(NetspecError):
    """A plugin is missing, broken, in conflict, or breaks what it promises."""

    exit_code = 6


class DivergenceError(NetspecError):
    """Training left the finite numbers."""

    exit_code = 7


class SaveError(NetspecError):
    """The disk, a permission or a lock refused to write."""

    exit_code = 8


class RunLocked(SaveError):
    """Another process holds the folder."""


class LimitError(NetspecError):
    """Something is larger than a limit allows."""

    exit_code = 9


def pointer(path: Sequence[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a path: `("layers", 0)` is `/layers/0`."""
    escaped = (str(key).replace("~", "~0").replace("/", "~1") for key in path)
    return printable("".join("/" + key for key in escaped))


def quote(value: object, most: int = 60) -> str:
    """Untrusted text for a message: in quotes, cut, with nothing that could move the cursor."""
    text = str(value)
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return '"' + printable(cut).replace("\t", "\\t") + '"'


def printable(text: str) -> str:
    """The text with control, format and bidirectional characters written as escapes."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c == "\t" else c.encode("unicode_escape").decode("ascii")
        for c in text
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """What to write instead of an unknown name: the nearest, and those that are known."""
    from difflib import get_close_matches

    names = sorted(set(known))
    if not names:
        return "none is known"
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    if close and len(names) > _FEW:
        return f"did you mean {quote(close[0])}? (one of {len(names)} that are known)"
    listed = ", ".join(names)
    return f"did you mean {quote(close[0])}? (known: {listed})" if close else f"known: {listed}"


def cells(text: str) -> int:
    """How many cells of a terminal a text takes: Hangul takes two each, a combining accent none."""
    return sum(
        0
        if unicodedata.category(c) in ("Mn", "Me")
        else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )


def together(errors: Sequence[NetspecError]) -> NetspecError:
    """One error for several, of the first class that is not SpecError, if there is one."""
    first = next((error for error in errors if not isinstance(error, SpecError)), errors[0])
    kind = type(first) if not isinstance(first, SpecError) else SpecError
    return kind.of(fault for error in errors for fault in error.faults)


def warn(message: str) -> None:
    """One warning to the user, through Python's own warnings."""
    import warnings

    warnings.warn(message, NetspecWarning, stacklevel=3)


class NetspecWarning(UserWarning):
    """Something that the user should know and that stops nothing."""
