"""A JSON value as the text that a person would have written."""

from __future__ import annotations

from typing import Any

import orjson

__all__ = ["WIDTH", "layout"]

WIDTH = 100
"""How many characters a line may have before what it holds is broken."""

_INDENT = "  "


def layout(value: Any) -> str:
    """The value with an indent of two spaces, what is short on one line, and a newline at the end.

    An object or a list stands on one line where it fits. Two things are broken however short: the
    outermost object, and a list of several items that holds an object, such as a list of layers.
    """
    return _lines(value, "", 0, outermost=True) + "\n"


def _lines(value: Any, indent: str, taken: int, outermost: bool = False) -> str:
    """The value where `taken` characters stand before it, and perhaps a comma behind."""
    if not value or not isinstance(value, dict | list | tuple):
        return _packed(value)
    broken = outermost and isinstance(value, dict)
    if not broken and taken + _least(value) < WIDTH:
        line = _line(value)
        if line is not None and taken + len(line) < WIDTH:
            return line
    inner = indent + _INDENT
    if isinstance(value, dict):
        keys = [f"{inner}{_packed(key)}: " for key in value]
        items = [
            key + _lines(item, inner, len(key))
            for key, item in zip(keys, value.values(), strict=True)
        ]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    items = [inner + _lines(item, inner, len(inner)) for item in value]
    return "[\n" + ",\n".join(items) + f"\n{indent}]"


def _least(value: Any) -> int:
    """The characters that the value takes at least: spaces come on top."""
    try:
        return len(_packed(value))
    except orjson.JSONEncodeError:
        # Too deeply nested for orjson, if not for us.
        return WIDTH


def _line(value: Any) -> str | None:
    """The value on one line, or None where something in it is to be broken."""
    if isinstance(value, dict):
        items = [_line(item) for item in value.values()]
        pairs = [f"{_packed(key)}: {item}" for key, item in zip(value, items, strict=True)]
        return None if None in items else "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        if len(value) > 1 and any(isinstance(item, dict) for item in value):
            return None
        lines = [_line(item) for item in value]
        return None if None in lines else "[" + ", ".join(map(str, lines)) + "]"
    return _packed(value)


def _packed(value: Any) -> str:
    """The value without any spaces."""
    return orjson.dumps(value).decode()
