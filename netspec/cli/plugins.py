"""`netspec plugins`: what is installed, and what a type is and takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from netspec.cli.options import as_json, debug
from netspec.cli.output import result, say, table
from netspec.errors import SpecError, nearest, quote

if TYPE_CHECKING:
    from netspec.registry import Found

__all__ = ["command"]


@click.group("plugins", invoke_without_command=True)
@as_json
@debug
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the plugins that are installed, and what each offers."""
    if ctx.invoked_subcommand is not None:
        return
    from netspec.registry import Registry

    found = Registry.installed().plugins()
    if as_json:
        result({"plugins": [_entry(each) for each in found]})
        return
    for at, each in enumerate(found):
        if at:
            say()
        say(f"{each.origin} ({each.origin.entry_point})")
        rows = [(f"  {kind}", ", ".join(types)) for kind, types in each.offers.items()]
        if each.error:
            rows.append(("  stays out", each.error))
        if rows:
            say(table(rows))


def _entry(found: Found) -> dict[str, Any]:
    return {
        "distribution": found.origin.distribution,
        "version": found.origin.version,
        "entry_point": found.origin.entry_point,
        "offers": {kind: list(types) for kind, types in found.offers.items()},
        "error": found.error or None,
    }


@command.command("show")
@click.argument("written", metavar="TYPE")
@as_json
@debug
def _show(written: str, as_json: bool) -> None:
    """Explain a type: whose it is, what it computes, and which options it takes.

    TYPE may name its distribution, as in netspec-conv/conv2d.
    """
    from netspec.explaining import explained
    from netspec.registry import Registry

    registry = Registry.installed()
    distribution, _, name = written.rpartition("/")
    offers = [
        offer
        for offer in registry.offers()
        if offer.type == name and distribution in ("", offer.origin.distribution)
    ]
    if not offers:
        known = {offer.type for offer in registry.offers()}
        raise SpecError(f"unknown type {quote(written)}", nearest(name, known))
    found = [explained(offer) for offer in offers]
    if as_json:
        result({"types": found})
        return
    for at, each in enumerate(found):
        if at:
            say()
        _say(each)


def _say(explained: dict[str, Any]) -> None:
    from netspec.explaining import brief

    origin = f"{explained['distribution']} {explained['version']}".strip()
    say(f"{explained['type']} ({explained['kind']}), from {origin}")
    for text in filter(None, (explained["formula"], explained["description"])):
        say()
        say(text)
    if explained["options"]:
        say()
        rows = [("option", "takes", "default", "")]
        for option in explained["options"]:
            default = "(required)" if option["required"] else brief(option["default"])
            rows.append((option["name"], option["takes"], default, option["description"]))
        say(table(rows))
