"""`netspec fmt`: rewrite specs into the canonical form."""

from __future__ import annotations

from pathlib import Path

import click

from netspec.cli.opening import warn_of_opaque
from netspec.cli.options import debug
from netspec.cli.output import ascii_json, say, say_error
from netspec.cli.reporting import report
from netspec.errors import NetspecError, SpecError

__all__ = ["command"]


@click.command("fmt")
@click.argument("specs", metavar="SPEC...", nargs=-1, required=True)
@click.option("--check", is_flag=True, help="Write nothing; end with 3 where a spec would change.")
@debug
def command(specs: tuple[str, ...], check: bool) -> None:
    """Rewrite each SPEC into the canonical form, which changes no meaning.

    Keys come in their order, defaults are left out (a saved model keeps them), and what is short
    stands on one line. The form of "-", standard input, is printed.
    """
    worst = 0
    for spec in specs:
        try:
            changed = _format(spec, check)
        except NetspecError as error:
            report(error)
            worst = max(worst, error.exit_code)
            continue
        if changed:
            say_error(f"netspec: {spec} {'is not in the canonical form' if check else 'rewritten'}")
            worst = max(worst, SpecError.exit_code if check else 0)
    raise click.exceptions.Exit(worst)


def _format(name: str, check: bool) -> bool:
    """Whether the file was not in its canonical form; it is now, but for a check."""
    from netspec.files import write_file
    from netspec.formatting import formatted
    from netspec.sources import read_document

    document = read_document(name)
    text = formatted(document, told=warn_of_opaque)
    changed = text != document.text
    if name == "-" and not check:
        say(ascii_json(text.removesuffix("\n")))
        return False
    if changed and not check:
        write_file(Path(name).resolve(), text.encode())
    return changed
