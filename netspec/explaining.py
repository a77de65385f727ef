"""What a type is and takes, for people and programs: from its class and its schema."""

from __future__ import annotations

import inspect
import json
from typing import Any

from .errors import quote
from .registry import Offer

__all__ = ["brief", "explained"]


def explained(offer: Offer) -> dict[str, Any]:
    """Whose the type is, what it computes, which options it takes, examples, and where its class is
    written, as JSON values.
    """
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
        "examples": [{"type": offer.type, **example} for example in cls.examples],
        "source": {"class": offer.place, "file": inspect.getsourcefile(cls), "line": _line(cls)},
    }


def _line(cls: Any) -> int | None:
    """The line of the class in its file, where it has one."""
    try:
        return inspect.getsourcelines(cls)[1]
    except (OSError, TypeError):
        return None


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


def brief(value: Any) -> str:
    """A default as JSON in one line; a component without options is its bare type."""
    if isinstance(value, dict) and value.keys() == {"type"}:
        value = value["type"]
    return json.dumps(value, ensure_ascii=False, default=str)
