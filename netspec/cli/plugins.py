"""`netspec plugins`: what is installed, and what a type is and takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from netspec.cli.options import as_json, debug
from netspec.cli.output import result, say, table
from netspec.cli.plugged import plugged
from netspec.errors import SpecError, nearest, quote

if TYPE_CHECKING:
    from netspec.registry import Found

__all__ = ["command"]


@click.group("plugins", invoke_without_command=True)
@as_json
@debug
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the plugins that are installed: what each offers, and what its import takes.

    What a plugin's metadata declare is imported for it, so that it is known whether it can be. The
    commands that plugins add come last, and are not imported.
    """
    if ctx.invoked_subcommand is not None:
        return
    from netspec.registry import Registry

    registry = Registry.installed()
    registry.import_declared()
    found, added = registry.plugins(), plugged()
    if as_json:
        commands = {each.name: each.origins for each in added}
        result({"plugins": [_entry(each) for each in found], "commands": commands})
        return
    for at, each in enumerate(found):
        if at:
            say()
        where = f"{each.origin} ({each.origin.entry_point})"
        say(f"{where}, API {each.api}, imported in {each.seconds:.3f} s")
        rows = [(f"  {kind}", ", ".join(types)) for kind, types in each.offers.items()]
        if each.error:
            rows.append(("  stays out", each.error))
        rows += [("  conflict", conflict) for conflict in each.conflicts]
        if rows:
            say(table(rows))
    if added:
        say("\ncommands")
        say(table((f"  {each.name}", each.help) for each in added))


def _entry(found: Found) -> dict[str, Any]:
    return {
        "distribution": found.origin.distribution,
        "version": found.origin.version,
        "entry_point": found.origin.entry_point,
        "api": found.api,
        "import_seconds": found.seconds,
        "offers": {kind: list(types) for kind, types in found.offers.items()},
        "conflicts": list(found.conflicts),
        "error": found.error or None,
    }


@command.command("show")
@click.argument("written", metavar="TYPE")
@as_json
@debug
def _show(written: str, as_json: bool) -> None:
    """Explain a type: what it computes, which options it takes, an example, and where it is written.

    TYPE may name its distribution, as in netspec-conv/conv2d.
    """
    from netspec.explaining import explained
    from netspec.registry import Registry, normal

    registry = Registry.installed()
    distribution, _, name = written.rpartition("/")
    offers = [
        offer
        for offer in registry.offers()
        if offer.type == name and normal(distribution) in ("", normal(offer.origin.distribution))
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
    say()
    source = explained["source"]
    examples = [("example", brief(example)) for example in explained["examples"]]
    place = ("class", source["class"]), ("file", f"{source['file']}:{source['line']}")
    say(table([*examples, *place]))
