"""`netspec schema`: write the JSON Schema of this installation."""

from __future__ import annotations

import json
from pathlib import Path

import click

from netspec.cli.options import debug
from netspec.cli.output import ascii_json, say

__all__ = ["command"]


@click.command("schema")
@click.option("--out", metavar="FILE", help="Write it into a file.")
@debug
def command(out: str | None) -> None:
    """Print the JSON Schema (2020-12) of the documents that this installation reads.

    An editor that is given it, by a document's "$schema", completes types and options, those of
    installed plugins too.
    """
    from netspec.files import write_file
    from netspec.schema import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False)
    if out is None:
        say(ascii_json(text))
    else:
        write_file(Path(out), f"{text}\n".encode())
