"""Where a document comes from: a file and what it extends, bytes, or a dict."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any

from .document import Document, parse
from .errors import Fault, LimitError, SpecError, quote
from .limits import Limits
from .wording import shown

__all__ = ["EXTENDS", "Source", "read_document", "refuse_extending"]

Source = str | PathLike[str] | bytes | Mapping[str, Any]

EXTENDS = "extends"

_ALONE = "only the file of a spec extends another: write everything out"


def read_document(source: Source, limits: Limits | None = None, file: str = "") -> Document:
    """The strictly read JSON of a file, bytes or a dict; `"-"` is standard input.

    `file` names bytes in messages. A file is read with the file that it `extends`, and so on; the
    limits hold for their sum.

    Raises SpecError where a file is not there or no JSON, or extends one that it may not; LimitError
    where there is too much.
    """
    limits = limits or Limits()
    if isinstance(source, Mapping):
        try:
            text = json.dumps(source, ensure_ascii=False, default=_plain)
        except RecursionError:
            raise LimitError("the document is nested too deep", "use fewer levels") from None
        except (TypeError, ValueError) as error:
            raise SpecError(f"the document is no JSON: {error}", "use JSON's values only") from None
        return Document(_parse(text, "", limits).value)
    if isinstance(source, bytes):
        return _parse(source, file or "<bytes>", limits)
    if str(source) == "-":
        import sys

        if sys.stdin is None:
            raise SpecError("standard input is closed", "name the JSON file of a spec")
        return _parse(sys.stdin.buffer.read(limits.spec_bytes + 1), "<stdin>", limits)
    return _with_bases(Path(source), limits)


def refuse_extending(document: Document) -> None:
    """SpecError where a document that nobody may extend with names another."""
    if document.base is None and _extends(document) is not None:
        raise _refusal(document, "this document extends another", _ALONE)


def _parse(text: str | bytes, file: str, limits: Limits) -> Document:
    return parse(text, file, max_bytes=limits.spec_bytes, max_depth=limits.nesting)


def _with_bases(path: Path, limits: Limits) -> Document:
    """The document of a file, on that of the file that it extends, and so on to the last."""
    text = _read(path, limits)
    documents = [_parse(text, str(path), limits)]
    seen, left = [path.resolve()], limits.spec_bytes - len(text)
    folder = PurePosixPath()
    while (named := _base_of(documents[-1])) is not None:
        above = documents[-1]
        base = seen[-1].parent / named
        _check_base(above, base, named, seen)
        if len(seen) > limits.extended:
            raise LimitError(
                f"{quote(path)} extends more than {limits.extended} documents, one the other",
                "extend fewer, or let the caller raise the limit",
            )
        try:
            text = _read(base, limits, named)
        except SpecError as error:
            raise _refusal(above, error.faults[0].what, "name the file of a spec") from None
        left -= len(text)
        if left < 0:
            raise LimitError(
                f"{quote(path)} has, with what it extends, more than {limits.spec_bytes:,} bytes",
                "use shorter files, or let the caller raise the limit",
            )
        folder /= PurePosixPath(named).parent
        shown_name = str(path.parent / folder / PurePosixPath(named).name)
        above = replace(_parse(text, shown_name, limits), folder=str(folder).removeprefix("."))
        if not isinstance(above.value, dict):
            what = f"the document is {shown(above.value)}"
            raise above.locate(SpecError(what, "a spec is a JSON object", path=()))
        documents.append(above)
        seen.append(base.resolve())
    whole = documents.pop()
    while documents:
        whole = replace(documents.pop(), base=whole)
    return whole


def _base_of(document: Document) -> str | None:
    """What the document says that it extends."""
    named = _extends(document)
    if named is None:
        return None
    if not isinstance(named, str) or not named or "\0" in named:
        raise _refusal(document, f'"{EXTENDS}" is {shown(named)}', "it must be the name of a file")
    if document.value.get("weights") is not None:
        raise _refusal(document, "this model extends another document", _ALONE)
    return named


def _extends(document: Document) -> Any:
    return document.value.get(EXTENDS) if isinstance(document.value, dict) else None


def _check_base(document: Document, base: Path, named: str, seen: list[Path]) -> None:
    resolved = base.resolve()
    if Path(named).is_absolute() or not resolved.is_relative_to(seen[-1].parent):
        raise _refusal(
            document,
            f"{quote(named)} leaves the folder of the file that extends it",
            "extend a file beside it or below",
        )
    if resolved in seen:
        raise _refusal(document, f"{quote(named)} extends itself in the end", "end the circle")


def _refusal(document: Document, what: str, right: str) -> SpecError:
    return document.locate(SpecError.of([Fault(what, right, path=(EXTENDS,))]))


def _read(path: Path, limits: Limits, named: str = "") -> bytes:
    """The bytes of a file, which messages call as the document that extends it does.

    A pipe or a device may be read where a person names it, and not where a document does.
    """
    called = quote(named or path)
    try:
        if not (path.is_file() if named else path.exists() and not path.is_dir()):
            there = "is no file" if path.exists() else "does not exist"
            raise SpecError(f"{called} {there}", "name the JSON file of a spec")
        with path.open("rb") as file:
            return file.read(limits.spec_bytes + 1)
    except OSError as error:
        raise SpecError(f"{called} cannot be read: {error.strerror}", "") from None


def _plain(value: Any) -> Any:
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"it holds a {type(value).__name__}")
