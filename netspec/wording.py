"""What pydantic refuses, in the field's own words.

pydantic's texts name its own types; ours say what was written, what belongs there, and the nearest
right name. A validator that raises an error of netspec keeps its own words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .errors import MOST_FAULTS, JSONPath, NetspecError, SpecError, printable, quote

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

__all__ = ["MORE", "article", "errors_of", "is_number", "refusal", "shown", "told"]

MORE = "netspec_more"
"""The kind of the line that stands for those which are not told, in pydantic's list."""

_WANTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "a string",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "mapping_type": "an object",
    "none_required": "null",
}
_BOUNDS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "at most"),
    "multiple_of": ("multiple_of", "a multiple of"),
}


def refusal(error: ValidationError) -> SpecError:
    """The faults of a validation as one SpecError, for a component that Python made."""
    return SpecError.of(fault for each in errors_of(error) for fault in each.faults)


def errors_of(error: ValidationError) -> Iterator[NetspecError]:
    """One error of netspec for each wrong value, in the order of the fields, with its path."""
    details, more = told(error)
    for detail in details:
        yield _translate(detail)
    if more:
        yield SpecError(f"and at least {more:,} more")


def told(error: ValidationError) -> tuple[list[ErrorDetails], int]:
    """What pydantic refuses, the first of it, and how much more there is."""
    found = error.errors(include_url=False)
    more = sum(detail["ctx"]["more"] for detail in found if detail["type"] == MORE)
    if more:
        found = [detail for detail in found if detail["type"] != MORE]
    return found[:MOST_FAULTS], more + max(0, len(found) - MOST_FAULTS)


def article(noun: str) -> str:
    """The noun with its article: a loss, an activation."""
    return f"an {noun}" if noun[:1] in "aeiou" else f"a {noun}"


def is_number(text: str) -> bool:
    """Whether a string holds what would be a number without its quotes."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def shown(value: Any) -> str:
    """A value of a document for a message, as JSON, cut."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list" if len(value) > 8 else _json(list(value))
    return _json(value)


def _name(path: JSONPath) -> str:
    """The key that a person would name: the last word of the path, with the indices behind it."""
    words = [at for at, key in enumerate(path) if isinstance(key, str)]
    if not words:
        return "the value"
    return str(path[words[-1]]) + "".join(f"[{index}]" for index in path[words[-1] + 1 :])


def _json(value: Any) -> str:
    if isinstance(value, str):
        return quote(value)
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        name, text = type(value).__name__, repr(value)
        text = text if text.startswith(name) else f"{name} {text}"
    return printable(text if len(text) <= 60 else text[:59] + "…")


def _translate(detail: ErrorDetails) -> NetspecError:
    context = detail.get("ctx", {})
    path = tuple(key for key in detail["loc"] if not str(key).startswith("<"))
    error = context.get("error")
    if isinstance(error, NetspecError):
        return error.under(*path)
    return SpecError(*_words(detail["type"], detail, context, path), path=path)


def _words(
    kind: str, detail: ErrorDetails, context: Mapping[str, Any], path: JSONPath
) -> tuple[str, str]:
    value = detail["input"]
    name = _name(path)
    if kind == "missing":
        return f"{quote(name)} is missing", "add it"
    if kind == "extra_forbidden":
        return f"unknown key {quote(name)}", "remove it"
    if kind in _WANTED:
        return f"{quote(name)} is {shown(value)}", f"it must be {_WANTED[kind]}{_hint(kind, value)}"
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        bound = _json(context[key]).removesuffix(".0")
        return f"{quote(name)} is {shown(value)}", f"it must be {words} {bound}"
    if kind in {"literal_error", "enum"}:
        allowed = str(context["expected"]).replace("'", '"')
        return f"{quote(name)} is {shown(value)}", f"it must be {allowed}"
    if kind in {"too_short", "too_long", "string_too_short", "string_too_long"}:
        least, most = context.get("min_length"), context.get("max_length")
        bound = f"at least {least}" if least is not None else f"at most {most}"
        parts = "character" if kind.startswith("string") else "value"
        many = "" if 1 in (least, most) else "s"
        return f"{quote(name)} is {shown(value)}", f"it must have {bound} {parts}{many}"
    if kind == "string_pattern_mismatch":
        return f"{quote(name)} is {shown(value)}", f"it must match {context['pattern']}"
    message = str(context.get("error", "")) or detail["msg"]
    return f"{quote(name)} is {shown(value)}", message


def _hint(kind: str, value: Any) -> str:
    """How the value itself would be written right, where that is plain."""
    if isinstance(value, str) and "number" in _WANTED[kind] and is_number(value):
        return ", without quotes"
    if _WANTED[kind] == "a list" and isinstance(value, str | int | float):
        item = value if isinstance(value, str) and is_number(value) else shown(value)
        return f", such as [{item}]"
    return ""
