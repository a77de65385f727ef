"""Files that are whole at any moment: written aside, flushed, and renamed into place."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from pathlib import Path

from .errors import ModelError, RunLocked, SaveError, quote

__all__ = ["PATIENCE", "digest", "locked", "read_file", "remove", "saving", "write_file"]

_LOCK = ".netspec.lock"
_HOLDER = ".netspec.holder"
_TEMPORARY = ".tmp-netspec-"
PATIENCE = 10.0
"""How many seconds a process waits for a folder that another one holds."""


def digest(data: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


@contextmanager
def saving(what: Path) -> Iterator[None]:
    """Turn what the disk refuses into a SaveError that says what was to be written."""
    if "\0" in str(what):
        raise SaveError(f"{quote(what)} is no path", "a path has no character 0")
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        ways = {
            errno.ENOSPC: "free some space",
            errno.EDQUOT: "free some space",
            errno.EACCES: "allow writing there, or choose another folder",
            errno.EROFS: "choose another folder",
        }
        way = ways.get(error.errno or 0, "choose another folder")
        raise SaveError(f"{quote(what)} cannot be written: {reason}", way) from None


def write_file(path: Path, data: bytes) -> None:
    """Replace a file in one step: whoever reads it sees the old bytes or the new ones. What the old
    one's owner let others do with it stays as it was.

    Raises SaveError, and leaves nothing behind, where the disk refuses.
    """
    temporary = path.with_name(f"{_TEMPORARY}{os.getpid()}-{path.name}")
    with saving(path):
        try:
            with open(temporary, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileNotFoundError):
                shutil.copymode(path, temporary)
            os.replace(temporary, path)
            _flush_folder(path.parent)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def _flush_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove(folder: Path, keep: set[str], *patterns: str) -> None:
    """Clear what an earlier save left: temporary files, and those of the patterns not to be kept."""
    with saving(folder):
        for name in os.listdir(folder):
            left = any(fnmatchcase(name, pattern) for pattern in (*patterns, f"{_TEMPORARY}*"))
            if left and name not in keep and not (folder / name).is_dir():
                (folder / name).unlink(missing_ok=True)


def read_file(path: Path, most: int, folder: Path | None = None) -> bytes:
    """The bytes of a regular file of at most `most` bytes that lies in `folder`.

    Raises ModelError for anything else: a link out of the folder, a pipe, a device, a larger file.
    FileNotFoundError is left to the caller, who knows what a missing file means.
    """
    try:
        # A circle of links: an OSError, and a RuntimeError before Python 3.13; ValueError: "\0".
        whole = path.resolve()
        if folder is not None and not whole.is_relative_to(folder.resolve()):
            raise ModelError(f"{quote(path)} leads out of its folder", "copy the file itself there")
        handle = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
    except FileNotFoundError:
        raise
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelError(f"{quote(path)} cannot be read: {reason}") from None
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise ModelError(f"{quote(path)} is no regular file", "a model's files are plain files")
    with os.fdopen(handle, "rb") as file:
        if status.st_size > most:
            raise ModelError(
                f"{quote(path)} has {status.st_size:,} bytes, at most {most:,} belong there",
                "the file is not the one that was saved",
            )
        return file.read(status.st_size)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder: the kernel lets one process in, and lets go when that process ends.

    Waits for `PATIENCE` seconds, then raises RunLocked naming the holder.
    """
    from filelock import FileLock, Timeout

    with saving(folder):
        lock = FileLock(folder / _LOCK)
        try:
            lock.acquire(timeout=PATIENCE)
        except Timeout:
            raise RunLocked(
                f"{quote(folder)} is held by {_holder(folder)}",
                "wait for it, or choose another folder",
            ) from None
    holder = folder / _HOLDER
    try:
        with saving(folder):
            # A new file: what stands there may be a link to somewhere else.
            holder.unlink(missing_ok=True)
            with holder.open("x") as file:
                file.write(str(os.getpid()))
        yield
    finally:
        try:
            with saving(folder):
                holder.unlink(missing_ok=True)
        finally:
            lock.release()


def _holder(folder: Path) -> str:
    try:
        number = read_file(folder / _HOLDER, 20, folder).decode("ascii")
    except (OSError, ModelError, UnicodeDecodeError):
        number = ""
    return f"process {number}" if number.isdecimal() else "another process"
