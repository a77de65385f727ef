"""`netspec diff`: what differs between two specs or models."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from os.path import isdir
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netspec.cli.opening import open_leniently
from netspec.cli.options import as_json, debug
from netspec.cli.output import result, say, shape, table
from netspec.errors import ModelError, pointer, printable, quote

if TYPE_CHECKING:
    from netspec.arrays import Array
    from netspec.comparing import ArrayChange, Change, Comparison, LayerChange
    from netspec.model import ModelSpec

__all__ = ["command"]

_MARKS = {"same": " ", "changed": "~", "inserted": "+", "removed": "-"}
_MOST = 100


@click.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@as_json
@debug
def command(before: str, after: str, as_json: bool) -> None:
    """Compare two specs or models by meaning: layers along the chain, training, provenance.

    Of two models the weights are compared too, array by array: how long, how far apart (|b - a|),
    and the cosine of the angle between them.
    """
    from netspec.comparing import compare

    old, new = open_leniently(before), open_leniently(after)
    found = compare(old, new)
    arrays = list(_arrays(found, (before, old), (after, new)))
    if as_json:
        result(_document(found, arrays))
    elif found.same and all(array.same for array in arrays):
        say("no difference")
    else:
        say("\n".join(_lines(before, after, found, arrays)))


def _arrays(found: Comparison, *models: tuple[str, ModelSpec]) -> Iterator[ArrayChange]:
    """The arrays of two models; nothing where one is none."""
    from netspec.comparing import compare_arrays

    (before, old), (after, new) = models
    if old.weights is None or new.weights is None:
        return
    renamed = [
        (each.old.name, each.new.name)
        for each in found.layers
        if each.old is not None and each.new is not None
    ]
    yield from compare_arrays(_weights(before, old), _weights(after, new), renamed)


def _weights(target: str, spec: ModelSpec) -> dict[str, Array]:
    from netspec.storage import stored_arrays

    path = Path(target)
    home = path if isdir(path) else path.parent
    try:
        return stored_arrays(home, spec)
    except FileNotFoundError:
        raise ModelError(
            f"the weights of {quote(target)} are missing", "a model is both of its files"
        ) from None


def _lines(
    before: str, after: str, found: Comparison, arrays: Sequence[ArrayChange]
) -> Iterator[str]:
    yield f"--- {printable(before)}"
    yield f"+++ {printable(after)}"
    yield from _section("", found.document)
    if any(layer.how != "same" for layer in found.layers):
        yield "layers"
        yield table([_layer(layer) for layer in found.layers], right=(1,))
    yield from _section("training", found.training)
    yield from _section("provenance", found.provenance)
    moved = [array for array in arrays if not array.same]
    if moved:
        titles = ("", "array", "shape", "|a|", "|b - a|", "cosine")
        yield table([titles, *map(_array, moved)], right=(3, 4, 5))
        if same := len(arrays) - len(moved):
            yield f"  {same} more {'array is' if same == 1 else 'arrays are'} equal"


def _section(title: str, changes: Sequence[Change]) -> Iterator[str]:
    if changes:
        if title:
            yield title
        yield from (f"  {_mark(change)} {_change(change)}" for change in changes)


def _layer(layer: LayerChange) -> tuple[str, ...]:
    at = layer.after if layer.after is not None else layer.before
    assert at is not None
    document = layer.document()
    what = ""
    if layer.how == "changed":
        what = ", ".join(f"{_mark(c)} {_change(c)}".removeprefix("~ ") for c in layer.changes)
    elif layer.how != "same" and not isinstance(document, str):
        what = ", ".join(f"{k} {_value(v)}" for k, v in document.items() if k != "type")
    return f"  {_MARKS[layer.how]}", str(at + 1), layer.layer.type, what


def _array(array: ArrayChange) -> tuple[str, ...]:
    if array.before is None or array.after is None:
        there = array.after or array.before or ()
        return f"  {'+' if array.before is None else '-'}", array.path, shape(there), "", "", ""
    if array.change is None:
        both = f"{shape(array.before)} → {shape(array.after)}"
        return "  ~", array.path, both, "", "", ""
    cosine = "-" if array.cosine is None else f"{array.cosine:.6f}"
    return "  ~", array.path, shape(array.after), f"{array.norm:.4g}", f"{array.change:.4g}", cosine


def _mark(change: Change) -> str:
    from netspec.comparing import ABSENT

    return "+" if change.before is ABSENT else "-" if change.after is ABSENT else "~"


def _change(change: Change) -> str:
    from netspec.comparing import ABSENT

    where = pointer(change.path).removeprefix("/")
    sides = [_value(side) for side in (change.before, change.after) if side is not ABSENT]
    return f"{where} {' → '.join(sides)}".lstrip()


def _value(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return printable(text if len(text) <= _MOST else text[: _MOST - 1] + "…")


def _document(found: Comparison, arrays: Sequence[ArrayChange]) -> dict[str, Any]:
    return {
        "same": found.same and all(array.same for array in arrays),
        "document": [_entry(change) for change in found.document],
        "layers": [
            {
                "how": layer.how,
                "before": layer.before,
                "after": layer.after,
                "type": layer.layer.type,
                "layer": layer.document(),
                "changes": [_entry(change) for change in layer.changes],
            }
            for layer in found.layers
        ],
        "training": [_entry(change) for change in found.training],
        "provenance": [_entry(change) for change in found.provenance],
        "arrays": [vars(array) for array in arrays],
    }


def _entry(change: Change) -> Mapping[str, Any]:
    """A change as JSON; a side that is absent has no key."""
    from netspec.comparing import ABSENT

    sides = {"before": change.before, "after": change.after}
    kept = {key: value for key, value in sides.items() if value is not ABSENT}
    return {"pointer": pointer(change.path), **kept}
