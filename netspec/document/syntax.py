"""What is wrong with a text that is no JSON, and the way out, in our words."""

from __future__ import annotations

import json
import re

from netspec.document.places import CLOSING, open_brackets
from netspec.errors import quote

__all__ = ["explain"]

_BLANK = re.compile(r"[ \t\n\r]*")
_WORD = re.compile(r"[\w.$+/-]+")
_JSON_WORDS = {"true": "true", "false": "false", "none": "null", "null": "null"}
_NOT_FINITE = {"nan", "inf", "infinity"}
_NUMBERS = "write numbers as 10, 0.5 or 1e-3"


def explain(text: str, error: json.JSONDecodeError) -> tuple[int, str, str]:
    """Offset, what is wrong and what would be right, for an error of `json.loads(text)`."""
    if error.msg.startswith(("Unterminated", "Invalid")):
        return _in_string(text, error)
    at = _end(_BLANK, text, error.pos)
    if at == len(text):
        return _unfinished(text)
    return _stray_mark(text, at) or _stray_bracket(text, at) or _unexpected(text, at, error)


def _in_string(text: str, error: json.JSONDecodeError) -> tuple[int, str, str]:
    at = error.pos
    if error.msg.startswith("Unterminated"):
        return at, "the string is not closed", 'write " at its end'
    if error.msg.startswith("Invalid control"):
        if text[at] in "\r\n":
            right = 'write " at its end, or \\n for a line break in it'
            return at, "the string is not closed in its line", right
        what = f"a control character (U+{ord(text[at]):04X}) stands in a string"
        return at, what, f"write {json.dumps(text[at])[1:-1]}"
    at = text.rfind("\\", 0, at + 1)
    if text.startswith("\\u", at):
        return at, f"{quote(text[at : at + 6])} is no escape", "write \\u and four hex digits"
    return at, f"{quote(text[at : at + 2])} is no escape", "write \\\\ for a backslash"


def _unfinished(text: str) -> tuple[int, str, str]:
    opened = open_brackets(text)
    if not opened:
        return 0, "the text is empty", "write a JSON object: { … }"
    bracket = text[opened[-1]]
    return opened[-1], f'"{bracket}" is never closed', f'write "{CLOSING[bracket]}" at its end'


def _stray_mark(text: str, at: int) -> tuple[int, str, str] | None:
    """A comment, a quotation mark or a space that JSON does not have."""
    if text.startswith(("//", "/*", "#"), at):
        return at, "JSON has no comments", "remove it"
    if text[at] in "'`‘’“”„«»":
        return at, f"{text[at]} is no quotation mark of JSON", 'write strings as "…"'
    if not text[at].isprintable():
        what = f"an invisible character (U+{ord(text[at]):04X})"
        return at, what, "remove it, or write an ordinary space"
    return None


def _stray_bracket(text: str, at: int) -> tuple[int, str, str] | None:
    """A closing bracket after a comma, or one that closes nothing."""
    before = text[:at].rstrip(" \t\n\r")
    after = _end(_BLANK, text, at + 1)
    if (
        text[at] == ","
        and before[-1:] not in ("[", "{", ",", ":")
        and text[after : after + 1] in ("]", "}")
    ):
        return at, "a comma after the last item", "remove it"
    if text[at] not in "]}":
        return None
    if before.endswith(","):
        return len(before) - 1, "a comma after the last item", "remove it"
    opened = open_brackets(before)
    if not opened:
        return at, f'"{text[at]}" closes nothing', "remove it"
    bracket = text[opened[-1]]
    if CLOSING[bracket] != text[at]:
        return at, f'"{text[at]}" cannot close "{bracket}"', f'write "{CLOSING[bracket]}"'
    return None


def _unexpected(text: str, at: int, error: json.JSONDecodeError) -> tuple[int, str, str]:
    """By what JSON expects here: a key, a colon, a comma, the end, or a value."""
    start = at
    if _WORD.match(text, at):
        while start and _WORD.match(text[start - 1]):
            start -= 1
    word = text[start : max(_end(_WORD, text, at), at + 1)]
    if "property name" in error.msg:
        return _no_key(word, at)
    if "':'" in error.msg:
        return at, "a colon is missing after the key", 'write "key": value'
    if start < at:
        return _no_value(word, start)
    if "','" in error.msg:
        if text[at] == ":":
            return at, "a colon where a comma belongs", "write keys in { }, each with one value"
        if text[at] in ";=|":
            return at, f'"{text[at]}" where a comma belongs', "write a comma"
        return at, f"a comma is missing before {quote(_token(text, at))}", "write one"
    if error.msg.startswith("Extra data"):
        return at, "more text after the end of the document", "write one JSON value in a file"
    return _no_value(word, at)


def _no_key(word: str, at: int) -> tuple[int, str, str]:
    if word == ",":
        return at, "a key is missing before the comma", "remove the comma"
    if _WORD.match(word):
        return at, f"the key {quote(word)} has no quotes", f"write {quote(word)}"
    return at, f"{quote(word)} where a key belongs", 'write "key": value'


def _no_value(word: str, at: int) -> tuple[int, str, str]:
    plain = word.lower()
    if word in ",:]}":
        return at, f"a value is missing before {quote(word)}", "write one"
    if plain.lstrip("+-") in _NOT_FINITE:
        return at, f"{quote(word)} is no number of JSON", "write a finite number"
    if plain in _JSON_WORDS:
        return at, f"{quote(word)} is no word of JSON", f"write {_JSON_WORDS[plain]}"
    if word[0] in "+-." or word[0].isdigit():
        return at, f"{quote(word)} is no number of JSON", _NUMBERS
    if _WORD.match(word):
        return at, f"{quote(word)} has no quotes", "write strings in double quotes"
    return at, f"{quote(word)} where a value belongs", "write one"


def _token(text: str, at: int) -> str:
    """What begins at `at`, for a message."""
    string = re.compile(r'"[^"\n]{0,40}"?').match(text, at)
    return string[0].strip('"') if string else text[at : max(_end(_WORD, text, at), at + 1)]


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where a match at `at` ends; `at` itself where there is none."""
    found = pattern.match(text, at)
    return found.end() if found else at
