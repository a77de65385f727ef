"""What commands print: lines, tables and JSON, on any stream."""

from __future__ import annotations

import codecs
import json
import math
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from typing import TYPE_CHECKING, Any, TextIO

import click

from netspec.errors import SaveError, cells, printable
from netspec.wording import shown

if TYPE_CHECKING:
    from netspec.spec import Component

__all__ = [
    "amount",
    "ascii_json",
    "called",
    "curve",
    "draw",
    "numbers",
    "result",
    "say",
    "say_error",
    "shape",
    "table",
    "tolerate",
]

_ASCII = {
    **dict.fromkeys("─━−–", "-"),
    **dict.fromkeys("│┃", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯", "+"),
    **dict.fromkeys("·⊙⋆", "*"),
    **dict.fromkeys("“”„«»", '"'),
    **dict.fromkeys("‘’′", "'"),
    **dict.fromkeys("⌋⌉", ")"),
    **dict(zip("▁▂▃▄▅▆▇█", "_.,-~=*#", strict=True)),
    "⌊": "floor(",
    "⌈": "ceil(",
    "→": "->",
    "←": "<-",
    "×": "x",
    "⁄": "/",
    "±": "+-",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "√": "sqrt ",
    "∞": "inf",
    "∂": "d",
    "ŷ": "yhat",
    "ȳ": "ybar",
    "ĝ": "ghat",
    "\u0302": "hat",
}
"""What neither a letter's name nor what a sign is made of gives as well."""
_SCRIPTS = {"<super>": "^", "<sub>": "_"}
_GREEK = re.compile(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)")
_FALLBACK = "netspec-ascii"
_BARS = "▁▂▃▄▅▆▇█"


def _fallback(error: UnicodeError) -> tuple[str, int]:
    """What a stream cannot show, in ASCII: a look-alike where there is one, else an escape."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    runs = groupby(error.object[error.start : error.end], _script)
    return "".join(script + "".join(map(_in_ascii, run)) for script, run in runs), error.end


def _script(sign: str) -> str:
    """What stands before a run of signs that are raised or lowered."""
    return _SCRIPTS.get(unicodedata.decomposition(sign).partition(" ")[0], "")


def _in_ascii(sign: str) -> str:
    if sign in _ASCII:
        return _ASCII[sign]
    parts = [_look_alike(part) for part in unicodedata.normalize("NFKD", sign)]
    if None in parts:
        return sign.encode("ascii", "backslashreplace").decode("ascii")
    return "".join(filter(None, parts))


def _look_alike(part: str) -> str | None:
    if part.isascii():
        return part
    if greek := _GREEK.fullmatch(unicodedata.name(part, "")):
        name = greek[2].replace("LAMDA", "LAMBDA")
        return name.capitalize() if greek[1] == "CAPITAL" else name.lower()
    return None if unicodedata.combining(part) else _ASCII.get(part)


codecs.register_error(_FALLBACK, _fallback)


def tolerate(*streams: TextIO | None) -> None:
    """Let the streams show in ASCII what they cannot show as it is."""
    for stream in streams:
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors=_FALLBACK)


def say(text: str = "") -> None:
    """Lines on standard output, at once. Raises SaveError where they cannot be written."""
    try:
        _write(text, sys.stdout)
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise SaveError(f"standard output cannot be written: {reason}") from None


def say_error(text: str) -> None:
    """One line on standard error, with nothing in it that could move the cursor."""
    draw(printable(" ".join(text.splitlines())))


def draw(text: str) -> None:
    """Lines on standard error, as they are. Nobody reading them stops no training."""
    with suppress(OSError):
        _write(text, sys.stderr)


def _write(text: str, stream: TextIO | None) -> None:
    """Through click, which knows terminals; it is told the stream, or it would write UTF-8 where
    the stream says ASCII."""
    if stream is not None:
        click.echo(text, stream)


def result(value: Mapping[str, Any]) -> None:
    """A result as one JSON object on one line; what is not finite is null."""
    say(json.dumps(_finite(value), ensure_ascii=not _shows_unicode(), allow_nan=False))


def _finite(value: Any) -> Any:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {str(key): _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case None | bool() | int() | str():
            return value
    return str(value)


def table(rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Columns two spaces apart; those of `right` end in one line. Hangul takes two cells."""
    lines = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(cells, column)) for column in zip(*lines, strict=True)]

    def padded(at: int, cell: str) -> str:
        space = " " * (widths[at] - cells(cell))
        return space + cell if at in right else cell + space

    return "\n".join("  ".join(map(padded, range(len(row)), row)).rstrip() for row in lines)


def shape(axes: Sequence[int]) -> str:
    """A sample's shape: `28 × 28 × 1`."""
    return " × ".join(map(str, axes)) or "one value"


def called(component: Component) -> str:
    """A component's type, and behind it the options that are not their defaults."""
    options = {key: value for key, value in component.document().items() if key != "type"}
    words = [f"{key} {shown(value)}" for key, value in options.items()]
    return component.type + (f" ({', '.join(words)})" if words else "")


def amount(number: float, unit: str) -> str:
    """A large number with its unit, to three digits: `1.81 MB`."""
    for prefix in ("", "k", "M", "G", "T"):
        if number < 999.5 or prefix == "T":
            break
        number /= 1000
    return f"{number:.3g} {prefix}{unit}" if prefix else f"{number:.0f} {unit}"


def numbers(values: Mapping[str, Any]) -> str:
    """Names and numbers in one line: `loss 0.0213  accuracy 0.9812`."""
    return "  ".join(f"{key} {_number(value)}" for key, value in values.items())


def _number(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_number, value)) + "]"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def curve(values: Sequence[float], most: int = 40) -> str:
    """Numbers as a row of bars, lowest to highest; of many, evenly chosen ones."""
    finite = [value for value in values if math.isfinite(value)]
    if len(finite) > most:
        finite = [finite[round(at * (len(finite) - 1) / (most - 1))] for at in range(most)]
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    scale = (len(_BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(_BARS[round((value - low) * scale)] for value in finite)


def ascii_json(text: str) -> str:
    """JSON with escapes in place of what the stream cannot be trusted to show."""
    if _shows_unicode():
        return text
    return "".join(c if c.isascii() else json.dumps(c)[1:-1] for c in text)


def _shows_unicode() -> bool:
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return encoding.lower().replace("-", "").startswith("utf")
