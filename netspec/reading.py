"""From text to a spec, and where the text is wrong: every error of a file at once, in its order."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .document import Document, parse
from .errors import Fault, JSONPath, LimitError, NetspecError, SpecError, quote, together
from .limits import Limits
from .migrations import STEPS, Step, migrated
from .model import FORMAT, ModelSpec, Origins, named
from .registry import Registry
from .wording import errors_of, shown

__all__ = ["Setting", "Source", "in_order", "read_document", "read_spec"]

Source = str | PathLike[str] | bytes | Mapping[str, Any]


@dataclass(frozen=True)
class Setting:
    """A value that replaces one of the document: `--set training.epochs=3`."""

    path: JSONPath
    value: Any

    @classmethod
    def parse(cls, text: str) -> Setting:
        """`path=value`: the value is read as JSON, and what is no JSON is a string.

        Raises ValueError where there is no path, no `=` or no value.
        """
        path, equals, written = text.partition("=")
        if not path or not equals or not written:
            raise ValueError(f"{quote(text)} does not say PATH=VALUE")
        keys = tuple(int(key) if key.isdecimal() else key for key in path.split("."))
        try:
            value = parse(written, f"--set {path}").value
        except SpecError as error:
            if not _is_word(written):
                raise SpecError.of(
                    Fault(fault.what, fault.right, origin=f"--set {path}") for fault in error.faults
                ) from None
            value = written
        return cls(keys, value)

    @property
    def origin(self) -> str:
        """How a message names the option."""
        return "--set " + ".".join(str(key) for key in self.path)


def _is_word(text: str) -> bool:
    """Whether text that is no JSON is meant as a string: it does not begin like a JSON value."""
    return (
        text not in {"NaN", "Infinity", "-Infinity"}
        and text[:1] not in '{["'
        and not (text.lstrip("+-").replace(".", "", 1)[:1].isdigit())
    )


def read_spec(
    source: Source | Document,
    *,
    registry: Registry | None = None,
    limits: Limits | None = None,
    settings: Sequence[Setting] = (),
    steps: Mapping[int, Step] = STEPS,
) -> ModelSpec:
    """The spec that a file, bytes or a dict holds; nothing but the file is opened.

    A document of an older format, or of an older version of a component, is migrated first; `steps`
    stand for netspec's own.

    Raises SpecError with every fault of the document, in its order, each with file, line, column and
    JSON pointer; LimitError where the document is over a limit, PluginError where it needs a plugin
    that is missing.
    """
    limits = limits or Limits()
    document = source if isinstance(source, Document) else read_document(source, limits)
    value = document.value
    origins: Origins = ()
    try:
        for setting in settings:
            origins += ((_made(value, setting.path), setting.origin),)
            value = _with(value, setting)
        value, notes = _today(value, steps)
        _count_layers(value, limits)
        spec = _validated(value, registry or Registry.installed(), notes)
        spec.check(limits)
    except NetspecError as error:
        raise in_order(document.locate(named(error, origins))) from None
    spec.remember(document, origins, tuple(dict.fromkeys(notes)))
    return spec


def read_document(source: Source, limits: Limits | None = None, file: str = "") -> Document:
    """The strictly read JSON of a file, bytes or a dict; `"-"` is standard input.

    `file` names bytes in messages.
    """
    limits = limits or Limits()
    if isinstance(source, Mapping):
        try:
            text = json.dumps(source, ensure_ascii=False, default=_plain)
        except RecursionError:
            raise LimitError("the document is nested too deep", "use fewer levels") from None
        except (TypeError, ValueError) as error:
            raise SpecError(f"the document is no JSON: {error}", "use JSON's values only") from None
        return Document(_parse(text, "", limits).value)
    if isinstance(source, bytes):
        return _parse(source, file or "<bytes>", limits)
    return _parse(*_read(Path(source), limits), limits)


def _parse(text: str | bytes, file: str, limits: Limits) -> Document:
    return parse(text, file, max_bytes=limits.spec_bytes, max_depth=limits.nesting)


def _read(path: Path, limits: Limits) -> tuple[bytes, str]:
    if str(path) == "-":
        import sys

        return sys.stdin.buffer.read(limits.spec_bytes + 1), "<stdin>"
    try:
        if not path.is_file():
            there = "is no file" if path.exists() else "does not exist"
            raise SpecError(f"{quote(path)} {there}", "name the JSON file of a spec")
        with path.open("rb") as file:
            return file.read(limits.spec_bytes + 1), str(path)
    except OSError as error:
        raise SpecError(f"{quote(path)} cannot be read: {error.strerror}", "") from None


def _plain(value: Any) -> Any:
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"it holds a {type(value).__name__}")


def _made(value: Any, path: JSONPath) -> JSONPath:
    """The outermost of the values that come into being when `path` is set: `path` itself, or an
    object above it that the document does not have."""
    for depth, key in enumerate(path, 1):
        if not isinstance(value, dict):
            return path
        if key not in value:
            return path[:depth]
        value = value[key]
    return path


def _with(value: Any, setting: Setting) -> Any:
    """The document with one value replaced; what it came from stays as it was."""
    return _replaced(value, setting, 0)


def _replaced(value: Any, setting: Setting, depth: int) -> Any:
    if depth == len(setting.path):
        return setting.value
    key = setting.path[depth]
    if isinstance(value, str):
        value = {"type": value}
    if isinstance(value, list):
        if not isinstance(key, int) or key >= len(value):
            most = f"0 to {len(value) - 1}" if value else "none, the list is empty"
            raise _set_error(setting, f"{quote(key)} is no index of the list", f"indices: {most}")
        return [
            _replaced(item, setting, depth + 1) if at == key else item
            for at, item in enumerate(value)
        ]
    if value is None:
        value = {}
    if not isinstance(value, dict):
        raise _set_error(setting, f"{shown(value)} has no key {quote(key)}", "set the value itself")
    return {**value, str(key): _replaced(value.get(str(key)), setting, depth + 1)}


def _set_error(setting: Setting, what: str, right: str) -> SpecError:
    return SpecError.of([Fault(what, right, origin=setting.origin)])


def _today(value: Any, steps: Mapping[int, Step]) -> tuple[Mapping[str, Any], list[str]]:
    """The document in today's format, and what was done for it."""
    if not isinstance(value, dict):
        raise SpecError(f"the document is {shown(value)}", "a spec is a JSON object", path=())
    document = migrated(value, FORMAT, steps)
    notes = [] if document is value else [f"format {value['netspec']} → {FORMAT}"]
    return document, notes


def _versions(document: Mapping[str, Any]) -> Mapping[str, int] | None:
    """The versions of the components of a saved model, by address; None where nothing was saved."""
    provenance = document.get("provenance")
    if not isinstance(provenance, dict):
        return None
    versions = provenance.get("versions", {})
    wrong = not isinstance(versions, dict) or any(
        type(each) is not int for each in versions.values()
    )
    if wrong:
        raise SpecError(
            f'"versions" is {shown(versions)}',
            "it must be an object of whole numbers",
            path=("provenance", "versions"),
        )
    return versions


def _count_layers(value: Any, limits: Limits) -> None:
    """Count the layers of every list called "layers", before anything is made of them."""
    count = 0
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if isinstance(each.get("layers"), list):
                count += len(each["layers"])
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
    if count > limits.layers:
        raise LimitError(
            f"the document has {count:,} layers, the limit is {limits.layers:,}",
            "use fewer layers, or let the caller raise the limit",
            path=("layers",),
        )


def _validated(value: Mapping[str, Any], registry: Registry, notes: list[str]) -> ModelSpec:
    context = {"registry": registry, "versions": _versions(value), "migrated": notes}
    try:
        spec = ModelSpec.__pydantic_validator__.validate_python(value, context=context)
    except ValidationError as error:
        raise together(list(errors_of(error))) from None
    assert isinstance(spec, ModelSpec)
    return spec


def in_order(error: NetspecError) -> NetspecError:
    """The same error, its faults in the order of the text that they stand in."""

    def position(fault: Fault) -> tuple[int, int, int]:
        place = fault.place
        return (0, place.line, place.column) if place else (1, 0, 0)

    return type(error).of(sorted(error.faults, key=position))
