"""From text to a spec, and where the text is wrong: every error of a file at once, in its order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from pydantic import ValidationError

from .document import Document, parse
from .errors import Fault, JSONPath, LimitError, NetspecError, SpecError, quote, together
from .limits import Limits
from .migrations import STEPS, Step, migrated
from .model import FORMAT, RESULTS, ModelSpec, Origins, named
from .registry import Registry
from .sources import EXTENDS, Source, read_document, refuse_extending
from .wording import errors_of, shown

__all__ = ["Setting", "in_order", "read_spec"]


class Setting(NamedTuple):
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
    """The spec that a file, bytes or a dict holds; nothing but the file is opened, and what it
    extends.

    A document of an older format, or of an older version of a component, is migrated first; `steps`
    stand for netspec's own.

    Raises SpecError with every fault of the document, in its order, each with file, line, column and
    JSON pointer; LimitError where the document is over a limit, PluginError where it needs a plugin
    that is missing.
    """
    limits = limits or Limits()
    document = source if isinstance(source, Document) else read_document(source, limits)
    refuse_extending(document)
    origins: Origins = ()
    try:
        value = _resolved(document)
        for setting in settings:
            origins += ((_made(value, setting.path), setting.origin),)
            value = _with(value, setting)
        value, notes = _today(value, steps)
        _count_layers(value, limits)
        spec = _validated(value, registry or Registry.installed(), notes)
        spec = _rebased(spec, document, origins)
        spec.check(limits)
    except NetspecError as error:
        raise in_order(document.locate(named(error, origins))) from None
    spec.remember(document, origins, tuple(dict.fromkeys(notes)))
    return spec


def _resolved(document: Document) -> Any:
    """The value of a document over those that it extends, without what was only theirs."""
    if document.base is None:
        return document.value
    said = [each.value.get("netspec") for each in document.bases()]
    formats = {each for each in said if isinstance(each, int)}
    if len(formats) > 1:
        raise SpecError(
            f"the documents have the formats {', '.join(sorted(map(str, formats)))}",
            "bring what is extended to today's with netspec migrate",
            path=("netspec",),
        )
    own = {EXTENDS, *(key for key in RESULTS if document.owner((key,)) is not document)}
    return {key: value for key, value in document.whole.items() if key not in own}


def _rebased(spec: ModelSpec, document: Document, origins: Origins) -> ModelSpec:
    """The spec, its data's paths as the document would write them that extends their writer."""
    if document.base is None or spec.training is None:
        return spec
    data = spec.training.data
    moved = {}
    for name in set(data.paths) & data.model_fields_set:
        path = ("training", "data", name)
        folder = document.owner(path).folder
        by_option = any(path[: len(set_path)] == set_path for set_path, _ in origins)
        if folder and not by_option:
            moved[name] = _below(folder, getattr(data, name))
    training = spec.training.model_copy(update={"data": data.model_copy(update=moved)})
    return spec.model_copy(update={"training": training}) if moved else spec


def _below(folder: str, paths: Any) -> Any:
    """A path, or each of several, in a folder."""
    if isinstance(paths, str):
        return str(PurePosixPath(folder, paths))
    return tuple(_below(folder, path) for path in paths) if isinstance(paths, tuple) else paths


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
    if setting.path[0] == EXTENDS:
        what = "no option can say what a spec extends"
        raise _set_error(setting, what, "write it into the file of the spec")
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
