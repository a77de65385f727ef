"""`netspec plugins`: what is installed, and what a type is and takes."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import click

from netspec.cli.options import as_json, debug
from netspec.cli.output import result, say, table
from netspec.errors import SpecError, nearest, quote

if TYPE_CHECKING:
    from netspec.registry import Found, Offer

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
    explained = [_explained(offer) for offer in offers]
    if as_json:
        result({"types": explained})
        return
    for at, each in enumerate(explained):
        if at:
            say()
        _say(each)


def _explained(offer: Offer) -> dict[str, Any]:
    cls = offer.load()
    schema = cls.model_json_schema()
    required = schema.get("required", ())
    options = [
        {
            "name": key,
            "required": key in required,
            **({} if key in required else {"default": _default(cls, key)}),
            "takes": _takes(value),
            "description": value.get("description", ""),
        }
        for key, value in schema["properties"].items()
        if key != "type"
    ]
    return {
        "type": offer.type,
        "kind": offer.kind,
        "distribution": offer.origin.distribution,
        "version": offer.origin.version,
        "formula": cls.formula,
        "description": inspect.cleandoc(cls.__doc__ or ""),
        "options": options,
    }


def _default(cls: Any, key: str) -> Any:
    """The default as a document writes it."""
    name = next(n for n, field in cls.model_fields.items() if key in (n, field.alias))
    value = cls.model_fields[name].get_default(call_default_factory=True)
    return value.document() if hasattr(value, "document") else value


def _takes(schema: dict[str, Any]) -> str:
    """What an option takes, in a few words."""
    if "netspec_kind" in schema:
        return str(schema["netspec_kind"])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(map(_takes, schema[key])))
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return " or ".join(quote(v) if isinstance(v, str) else str(v) for v in values)
    bounds = (
        ("exclusiveMinimum", "above"),
        ("minimum", "at least"),
        ("exclusiveMaximum", "below"),
        ("maximum", "at most"),
    )
    said = [f"{word} {schema[key]}" for key, word in bounds if key in schema]
    kind = {"array": "list", "integer": "whole number"}.get(schema.get("type", ""))
    return ", ".join([kind or schema.get("type", "value"), *said])


def _say(explained: dict[str, Any]) -> None:
    origin = f"{explained['distribution']} {explained['version']}".strip()
    say(f"{explained['type']} ({explained['kind']}), from {origin}")
    for text in filter(None, (explained["formula"], explained["description"])):
        say()
        say(text)
    if explained["options"]:
        say()
        rows = [("option", "takes", "default", "")]
        for option in explained["options"]:
            default = "(required)" if option["required"] else _short(option["default"])
            rows.append((option["name"], option["takes"], default, option["description"]))
        say(table(rows))


def _short(value: Any) -> str:
    import json

    if isinstance(value, dict) and value.keys() == {"type"}:
        value = value["type"]
    return json.dumps(value, ensure_ascii=False, default=str)
