"""The folder of a run: claimed by exclusive creation, never taken from somebody else."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from netspec.bundle import DIGITS
from netspec.errors import SaveError, quote
from netspec.files import saving
from netspec.storage import CHECKPOINT, MODEL

from .checkpoint import exists
from .history import HISTORY

__all__ = ["claim", "claim_numbered", "clear"]

_OURS = (
    MODEL,
    f"weights-{DIGITS}.safetensors",
    HISTORY,
    ".netspec.*",
    ".tmp-netspec-*",
)
_OURS_INSIDE = ("run.json", f"arrays-{DIGITS}.safetensors", ".tmp-netspec-*")


def claim_numbered(parent: Path, name: str) -> Path:
    """A new folder `name`, or `name-2`, `name-3` … where that is taken; creation decides."""
    for number in count(1):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        with saving(folder):
            parent.mkdir(parents=True, exist_ok=True)
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            return folder
    raise AssertionError("the numbers do not end")


def claim(folder: Path, files: Sequence[str] = (), *, resume: bool, overwrite: bool) -> bool:
    """Take a folder that was named; returns whether a run in it is to go on.

    `files` are patterns of what callbacks write there.

    Raises SaveError for a folder that holds a run and is to be neither resumed nor overwritten, and
    for one that holds anything else.
    """
    with saving(folder):
        folder.mkdir(parents=True, exist_ok=True)
        foreign = [path.name for path in folder.iterdir() if not _is_ours(path, files)]
        names = {path.name for path in folder.iterdir()}
    if foreign:
        raise SaveError(
            f"{quote(folder)} holds {quote(min(foreign))}, which is not netspec's",
            'name a new or an empty folder; a plugin\'s callback that writes it names it in "files"',
        )
    if exists(folder) and resume:
        return True
    unfinished = not exists(folder) and not names & {MODEL, HISTORY}
    if unfinished or overwrite:
        return False
    if not exists(folder) and MODEL in names:
        raise SaveError(
            f"{quote(folder)} holds a model and no checkpoint to go on from",
            "start from it with --from into another folder, or replace it with --overwrite",
        )
    raise SaveError(
        f"{quote(folder)} holds a run already",
        "go on with --resume, replace it with --overwrite, or name another folder",
    )


def clear(folder: Path, files: Sequence[str] = ()) -> None:
    """Remove what netspec and its callbacks wrote into a folder, and nothing else."""
    with saving(folder):
        for path in folder.iterdir():
            if _is_ours(path, files) and not path.name.startswith(".netspec."):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _is_ours(path: Path, files: Sequence[str]) -> bool:
    if not path.is_dir():
        return any(path.match(pattern) for pattern in (*_OURS, *files))
    return (
        path.name == CHECKPOINT
        and not path.is_symlink()
        and all(any(each.match(pattern) for pattern in _OURS_INSIDE) for each in path.iterdir())
    )
