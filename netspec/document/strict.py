"""What the strict reading refuses that `json` would take."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from netspec.document.places import Document, open_brackets, scan
from netspec.document.syntax import explain
from netspec.errors import MOST_FAULTS, Fault, LimitError, Place, SpecError, quote

__all__ = ["MAX_BYTES", "MAX_DEPTH", "parse"]

MAX_BYTES = 8 * 2**20
MAX_DEPTH = 32

_HALF = ("half of a surrogate pair is no character", "write the character itself, or both halves")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SCALAR = re.compile(r'"(?:[^"\\]++|\\.)*+"|[^\s,\]}"]++', re.DOTALL)


def parse(
    source: bytes | str, file: str = "", *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH
) -> Document:
    """Read a JSON text (UTF-8), strictly.

    `[[1]]` is nested two levels deep. A whole number is kept where 64 bits, with or without a
    sign, hold it: from -2⁶³ to 2⁶⁴-1. Up to 100 faults are reported at once, in the order of the
    text; a syntax error is alone.

    Raises:
        SpecError: the text is not UTF-8, is no JSON, or has a byte-order mark, a duplicate key, a
            number that is not finite or past 64 bits, or half of a surrogate pair.
        LimitError: it is larger than `max_bytes`, or nested deeper than `max_depth`.
    """
    draft = Document(None, _decoded(source, file, max_bytes), file)
    watch = _Watch()
    try:
        value = json.loads(
            draft.text,
            object_pairs_hook=watch.pairs,
            parse_int=watch.integer,
            parse_float=watch.real,
            parse_constant=watch.constant,
        )
    except json.JSONDecodeError as error:
        offset, what, right = explain(draft.text, error)
        raise _refusal(draft, offset, what, right) from None
    except RecursionError:
        raise _too_deep(draft, max_depth) from None
    if _is_deeper(value, max_depth):
        raise _too_deep(draft, max_depth)
    if watch.suspicious or _SURROGATE.search(draft.text):
        if len(open_brackets(draft.text, max_depth)) > max_depth:  # below a key that stands twice
            raise _too_deep(draft, max_depth)
        if faults := list(islice(_faults(draft), MOST_FAULTS)):
            raise SpecError.of(faults)
    return replace(draft, value=value)


class _Watch:
    """The hooks of `json.loads`: they see what is to be refused, though not where it stands."""

    def __init__(self) -> None:
        self.suspicious = False

    def pairs(self, items: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(items)
        if len(made) < len(items):
            self.suspicious = True
        return made

    def integer(self, digits: str) -> int:
        if _is_past_64_bits(digits):
            self.suspicious = True
            return 0
        return int(digits)

    def real(self, digits: str) -> float:
        number = float(digits)
        if math.isinf(number):
            self.suspicious = True
        return number

    def constant(self, name: str) -> None:
        self.suspicious = True


def _decoded(source: bytes | str, file: str, max_bytes: int) -> str:
    """The text, if it is UTF-8 throughout and no larger than allowed."""
    too_large = LimitError.of(
        [Fault(f"the text is larger than {max_bytes} bytes", place=Place(file, 1, 1))]
    )
    if len(source) > max_bytes:
        raise too_large
    text = source if isinstance(source, str) else _from_bytes(source, file)
    if text.startswith("\ufeff"):
        what = "the text begins with a byte-order mark"
        raise _refusal(Document(None, text, file), 0, what, "save it as UTF-8 without one")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise _refusal(Document(None, text, file), error.start, *_HALF) from None
    if size > max_bytes:
        raise too_large
    return text


def _from_bytes(source: bytes, file: str) -> str:
    encoding = json.detect_encoding(source)
    if not encoding.startswith("utf-8"):
        draft = Document(None, source.decode(encoding, "replace"), file)
        raise _refusal(draft, 0, f"the text is {encoding.upper()}", "save it as UTF-8")
    try:
        return source.decode()
    except UnicodeDecodeError as error:
        draft = Document(None, source.decode(errors="replace"), file)
        what = f"the byte 0x{source[error.start]:02x} is not UTF-8"
        offset = len(source[: error.start].decode())
        raise _refusal(draft, offset, what, "save the text as UTF-8") from None


def _is_deeper(value: Any, most: int) -> bool:
    """Whether lists and objects are nested more than `most` levels deep."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(most):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
    return bool(level)


def _faults(draft: Document) -> Iterator[Fault]:
    """What is refused in a text that `json` takes, in the order of the text."""
    keys: list[dict[str | int, int]] = []
    for path, key, value in scan(draft.text):
        depth = len(path)
        del keys[depth:]
        keys.append({})
        if key is not None:
            name = path[-1]
            first = keys[depth - 1].setdefault(name, key)
            if first != key:
                right = f"keep one of them (the first is in line {draft.place_at(first).line})"
                what = f"the key {quote(name)} stands twice in one object"
                yield Fault(what, right, path, draft.place_at(key), at="key")
            if isinstance(name, str) and _is_halved(name):
                yield Fault(*_HALF, path, draft.place_at(key), at="key")
        if problem := _problem(draft.text, value):
            yield Fault(*problem, path, draft.place_at(value))


def _problem(text: str, offset: int) -> tuple[str, str] | None:
    """What is wrong with the string, number or constant at an offset, and the way out."""
    if text[offset] in "[{tfn":
        return None
    token = next(_SCALAR.finditer(text, offset))[0]
    if token[0] == '"':
        halved = _SURROGATE.search(token) and _is_halved(json.loads(token))
        return _HALF if halved else None
    if token[-1] in "Ny":  # NaN, Infinity, -Infinity
        return f"{token} is no number of JSON", "write a finite number"
    if token.lstrip("-").isdigit():
        past, right = _is_past_64_bits(token), "write a smaller whole number"
        return (f"{quote(token)} does not fit into 64 bits", right) if past else None
    past, right = math.isinf(float(token)), "write a smaller number"
    return (f"{quote(token)} is past the largest float", right) if past else None


def _is_past_64_bits(digits: str) -> bool:
    return len(digits) > 18 and (len(digits) > 20 or not -(2**63) <= int(digits) < 2**64)


def _is_halved(string: str) -> bool:
    try:
        string.encode()
    except UnicodeEncodeError:
        return True
    return False


def _refusal(draft: Document, offset: int, what: str, right: str) -> SpecError:
    return SpecError.of([Fault(what, right, place=draft.place_at(offset))])


def _too_deep(draft: Document, most: int) -> LimitError:
    """The error, at the bracket that opens one level too many."""
    opened = open_brackets(draft.text, most)
    place = draft.place_at(opened[-1] if opened else 0)
    return LimitError.of([Fault(f"nested more than {most} levels deep", place=place)])
