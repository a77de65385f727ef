"""Where each value of a JSON text stands."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any, Literal, TypeVar

from netspec.errors import Fault, JSONPath, NetspecError, Place

__all__ = ["CLOSING", "Document", "open_brackets", "scan"]

CLOSING = {"{": "}", "[": "]"}

_STRING = r'"(?:[^"\\]++|\\.)*+"?'
_TOKEN = re.compile(rf'({_STRING})(?:\s*+(:))?|[\[\]{{}},]|[^\s,:\[\]{{}}"]++', re.DOTALL)
_BRACKET = re.compile(rf"{_STRING}|[\[\]{{}}]", re.DOTALL)

_E = TypeVar("_E", bound=NetspecError)
_Spots = dict[JSONPath, tuple[int | None, int]]


@dataclass(frozen=True)
class Document:
    """A JSON text that was read strictly: its value, and where each part of it stands.

    `file` is the name for messages. A dict made in Python is a document without text: nothing in
    it has a place, and its errors show the JSON pointer alone.

    A document may extend a `base`: `whole` is then the base with this one's `value` put over it,
    objects key by key, anything else in place of what was there. `folder` is where a base stands,
    seen from the first document that extends it.
    """

    value: Any
    text: str = field(default="", repr=False)
    file: str = ""
    base: Document | None = field(default=None, repr=False)
    folder: str = field(default="", repr=False)

    @cached_property
    def whole(self) -> Any:
        """The value, over that of what it extends."""
        return self.value if self.base is None else _over(self.base.whole, self.value)

    def owner(self, path: JSONPath) -> Document:
        """The document, this one or one that it extends, that wrote the value at a path."""
        document = self
        while document.base is not None and not _reaches(document.value, path):
            document = document.base
        return document

    def place(self, path: JSONPath, at: Literal["value", "key"] = "value") -> Place | None:
        """Where the value at `path` (or its key) begins; None where the text has no such path.

        Each call scans the text up to there; for all faults of an error, `locate` scans once.
        """
        spots = self._find([path])
        return self._place_of(path, at, spots) if path in spots else None

    def place_at(self, offset: int) -> Place:
        """The place of a character of the text."""
        lines, starts = self._lines
        line = bisect_right(starts, offset)
        return Place(self.file, line, offset - starts[line - 1] + 1, lines[line - 1])

    def locate(self, error: _E) -> _E:
        """The same error, each fault with a path given its place.

        A path that the text does not have is placed at its nearest ancestor: a missing key at its
        object. What a base wrote is placed in the base's text. A fault that has a place, or that
        came from an option (`origin`), stays as it is.
        """
        paths = [path for fault in error.faults if (path := _unplaced(fault)) is not None]
        ancestors = {path[:n] for path in paths for n in range(len(path) + 1)}
        found = [(each, each._find(ancestors)) for each in self.bases()]
        return type(error).of(_placed(fault, found) for fault in error.faults)

    def bases(self) -> Iterator[Document]:
        """This document, and each that it extends."""
        document: Document | None = self
        while document is not None:
            yield document
            document = document.base

    def _place_of(self, path: JSONPath, at: Literal["value", "key"], spots: _Spots) -> Place:
        key, value = spots[path]
        return self.place_at(key if at == "key" and key is not None else value)

    def _find(self, paths: Iterable[JSONPath]) -> _Spots:
        """Offsets of key and value, for those of the paths that the text has."""
        missing = set(paths)
        found: _Spots = {}
        for path, key, value in scan(self.text) if missing else ():
            if path in missing:
                found[path] = key, value
                missing.remove(path)
                if not missing:
                    break
        return found

    @cached_property
    def _lines(self) -> tuple[list[str], list[int]]:
        """The lines, and the offset at which each begins."""
        lines = self.text.split("\n")
        starts = list(accumulate((len(line) + 1 for line in lines[:-1]), initial=0))
        return [line.removesuffix("\r") for line in lines], starts


def scan(text: str) -> Iterator[tuple[JSONPath, int | None, int]]:
    """Path, offset of the key (None without one) and offset of each value of a valid JSON text."""
    path: JSONPath = ()
    parents: list[JSONPath] = []
    key: int | None = None
    for token in _TOKEN.finditer(text):
        first = text[token.start()]
        if token.lastindex == 2:
            path = (*parents[-1], _unescaped(token[1]))
            key = token.start()
        elif first == ",":
            if isinstance(path[-1], int):
                path = (*path[:-1], path[-1] + 1)
        elif first in "]}":
            path = parents.pop()
        else:
            yield path, key, token.start()
            key = None
            if first in CLOSING:
                parents.append(path)
                path = (*path, 0)


def open_brackets(text: str, most: int | None = None) -> list[int]:
    """Offsets of the brackets open at the end of any text, or where first more than `most` are."""
    opened: list[int] = []
    for token in _BRACKET.finditer(text):
        if token[0] in CLOSING:
            opened.append(token.start())
            if most is not None and len(opened) > most:
                break
        elif token[0] in "]}" and opened:
            opened.pop()
    return opened


def _over(base: Any, value: Any) -> Any:
    """A value put over that of a base."""
    if not isinstance(base, dict) or not isinstance(value, dict):
        return value
    return {**base, **{key: _over(base.get(key), each) for key, each in value.items()}}


def _reaches(value: Any, path: JSONPath) -> bool:
    """Whether a document with this value says what stands at a path: the value, or one above it
    that is no object and so hides what the base has there."""
    for key in path:
        if not isinstance(value, dict):
            return True
        if key not in value:
            return False
        value = value[key]
    return True


def _placed(fault: Fault, found: Iterable[tuple[Document, _Spots]]) -> Fault:
    """The fault at the place of its path, or of the nearest above it: in the first of the documents
    that has it, or that has a list above it, which stands in place of the base's."""
    path = _unplaced(fault)
    if path is None:
        return fault
    place, depth = None, -1
    for document, spots in found:
        known = next((path[:n] for n in range(len(path), -1, -1) if path[:n] in spots), None)
        if known is None:
            continue
        if len(known) > depth:
            at = fault.at if known == path else "value"
            place, depth = document._place_of(known, at, spots), len(known)
        if any(document.text[spots[known[:n]][1]] != "{" for n in range(len(known) + 1)):
            break
    return fault._replace(place=place)


def _unescaped(string: str) -> str:
    return json.loads(string) if "\\" in string else string[1:-1]


def _unplaced(fault: Fault) -> JSONPath | None:
    """The path of a fault that wants a place."""
    return None if fault.place or fault.origin else fault.path
