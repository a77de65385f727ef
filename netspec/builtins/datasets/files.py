"""Opening files that strangers made: regular ones only, named for what they are."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from netspec import DataError, LimitError, quote

__all__ = ["GZIP", "content", "known_content", "must_fit", "open_regular", "shown_name"]

GZIP = b"\x1f\x8b"
_MAGIC = {
    GZIP: "a gzip file",
    b"PK\x03\x04": "a zip archive",
    b"\x93NUMPY": "an array of numpy (.npy)",
    b"version https://git-lfs": "a pointer of Git LFS in place of the file",
    b"\x80": "a pickle",
}
_TEXT = frozenset(range(32, 127)) | frozenset(b"\t\r\n\f")


def shown_name(path: Path) -> str:
    """The file's name for the head of a message, with nothing that could move the cursor."""
    return quote(path.name, 100)[1:-1]


@contextmanager
def open_regular(path: Path) -> Iterator[BinaryIO]:
    """The file, open for reading; what goes wrong meanwhile is said in our words.

    DataError where it is missing, no regular file or unreadable; LimitError where memory ends.
    """
    name = shown_name(path)
    if not os.path.exists(path):
        raise DataError(
            f"{name}: there is no such file in {quote(path.parent, 200)}",
            "paths start in the folder of the spec, or in that of --data-root",
        )
    if not os.path.isfile(path):
        raise DataError(f"{name}: this is no regular file", "name a file that holds data")
    try:
        with path.open("rb") as file:
            yield file
    except (MemoryError, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.ENOMEM:
            raise DataError(f"{name}: cannot be read: {error.strerror or error}") from None
        raise _too_large(path, "the file") from None


def content(head: bytes) -> str:
    """What the first bytes of a file say that it is, for people."""
    if found := known_content(head):
        return found
    if _TEXT.issuperset(head):
        return "text"
    return f"something else (it begins with the bytes {head[:4].hex(' ')})"


def known_content(head: bytes) -> str:
    """The same where the bytes leave no doubt; empty for text and what nobody knows."""
    if not head:
        return "an empty file"
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            return what
    if head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        return "a web page"
    return ""


def must_fit(size: int, path: Path) -> None:
    """LimitError where the machine has less memory than a file needs."""
    if size > _memory():
        raise _too_large(path, f"what it holds, {size} bytes,")


def _too_large(path: Path, what: str) -> LimitError:
    return LimitError(
        f"{shown_name(path)}: {what} does not fit into memory",
        "split it, or store it so that it can be mapped: plain IDX, npz without compression",
    )


def _memory() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return sys.maxsize
