"""`netspec migrate`: bring older specs and models to today's format."""

from __future__ import annotations

from contextlib import nullcontext
from difflib import unified_diff
from os.path import isdir
from pathlib import Path
from typing import TYPE_CHECKING

import click

from netspec.cli.opening import warn_of_opaque
from netspec.cli.options import debug
from netspec.cli.output import say, say_error
from netspec.cli.reporting import report
from netspec.errors import ModelError, NetspecError, SpecError, printable, quote
from netspec.files import locked, read_file, write_file
from netspec.limits import Limits

if TYPE_CHECKING:
    from netspec.document import Document

__all__ = ["command"]


@click.command("migrate")
@click.argument("targets", metavar="SPEC|MODEL...", nargs=-1, required=True)
@click.option("--check", is_flag=True, help="Write nothing; end with 3 where a file would change.")
@debug
def command(targets: tuple[str, ...], check: bool) -> None:
    """Bring each SPEC or MODEL to today's format, and each part to its plugin's version.

    What changes is shown first. Older files are read all the same; this writes them anew, so that
    every tool that knows today's format can read them.
    """
    worst = 0
    for target in targets:
        try:
            changed = _migrate(Path(target), check)
        except NetspecError as error:
            report(error)
            worst = max(worst, error.exit_code)
            continue
        what = ("would be migrated" if check else "migrated") if changed else "is of today's format"
        say_error(f"netspec: {target} {what}")
        worst = max(worst, SpecError.exit_code if changed and check else 0)
    raise click.exceptions.Exit(worst)


def _migrate(target: Path, check: bool) -> bool:
    """Whether the file was of an older version; it is now of today's, but for a check."""
    from netspec.formatting import renewed
    from netspec.storage import MODEL

    file = (target / MODEL if isdir(target) else target).resolve()
    with locked(file.parent) if isdir(target) and not check else nullcontext():
        document = _read(target, file)
        text = renewed(document, told=warn_of_opaque)
        if text is None:
            return False
        say("\n".join(map(printable, _difference(document, text, str(target)))))
        if not check:
            write_file(file, text.encode())
    return True


def _read(target: Path, file: Path) -> Document:
    from netspec.sources import read_document

    if not isdir(target):
        return read_document(target)
    limits = Limits()
    try:
        return read_document(read_file(file, limits.spec_bytes, file.parent), limits, str(file))
    except FileNotFoundError:
        raise ModelError(f"{quote(file)} does not exist", "name a model's folder") from None


def _difference(document: Document, text: str, name: str) -> list[str]:
    """What changes, as a unified diff of two texts in one layout."""
    from netspec.document import layout

    before, after = layout(document.value).splitlines(), text.splitlines()
    return list(unified_diff(before, after, name, f"{name}, migrated", lineterm=""))
