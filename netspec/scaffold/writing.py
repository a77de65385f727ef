"""Writing what is begun into a folder of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from netspec.errors import SaveError, quote
from netspec.files import saving, write_file

__all__ = ["write_folder"]


def write_folder(folder: Path, texts: Mapping[str, str]) -> None:
    """Write each text under its path in the folder, which must be new or empty.

    Raises SaveError where it is neither, or the disk refuses.
    """
    with saving(folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise SaveError(f"{quote(folder)} is there already", "name a new folder with --out")
        for name, text in texts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, text.encode())
