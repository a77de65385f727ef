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
    if not outermost or not isinstance(value, dict):
        line = _line(value)
        if line is not None and taken + len(line) < WIDTH:
            return line
    inner = indent + _INDENT
    if isinstance(value, dict) and value:
        keys = [f"{inner}{_scalar(key)}: " for key in value]
        items = [
            key + _lines(item, inner, len(key))
            for key, item in zip(keys, value.values(), strict=True)
        ]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    if isinstance(value, list | tuple) and value:
        items = [inner + _lines(item, inner, len(inner)) for item in value]
        return "[\n" + ",\n".join(items) + f"\n{indent}]"
    return _line(value) or ""


def _line(value: Any) -> str | None:
    """The value on one line, or None where it is to be broken or is far too long."""
    if isinstance(value, dict):
        items = _joined(value.values())
        if items is None:
            return None
        pairs = (f"{_scalar(key)}: {item}" for key, item in zip(value, items, strict=True))
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        if len(value) > 1 and any(isinstance(item, dict) for item in value):
            return None
        items = _joined(value)
        return None if items is None else "[" + ", ".join(items) + "]"
    return _scalar(value)


def _joined(values: Any) -> list[str] | None:
    """Each value on a line, or None where one is broken or all together are too long."""
    items: list[str] = []
    length = 0
    for value in values:
        item = _line(value)
        length += WIDTH if item is None else len(item)
        if item is None or length > WIDTH:
            return None
        items.append(item)
    return items


def _scalar(value: Any) -> str:
    return orjson.dumps(value).decode()
