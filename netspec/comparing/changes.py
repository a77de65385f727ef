"""What differs between two values of a document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from netspec.errors import JSONPath
from netspec.layer import LayerSpec
from netspec.opaque import Opaque
from netspec.spec import Component, Spec

from .alignment import Pair, align

__all__ = ["ABSENT", "Change", "changes", "matched", "short", "written_name"]


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""Stands where a value is on one side only."""


@dataclass(frozen=True)
class Change:
    """A value that differs: where it stands (after, unless it was removed), and both sides of it."""

    path: JSONPath
    before: Any
    after: Any


def changes(before: Any, after: Any, path: JSONPath = ()) -> Iterator[Change]:
    """What differs between two values, as deep inside them as it can be said.

    Specs are compared field by field where they have one type, lists of components along their
    order. What is left out is its default.
    """
    if isinstance(before, Component) and isinstance(after, Component):
        if before.type != after.type or type(before).kind != type(after).kind:
            yield Change(path, short(before), short(after))
            return
        yield from _of_mappings(_fields(before), _fields(after), path)
    elif isinstance(before, Spec) and isinstance(after, Spec):
        yield from _of_mappings(_fields(before), _fields(after), path)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _of_mappings(before, after, path)
    elif _are_components(before) and _are_components(after):
        for old, new in matched(before, after):
            if old is None:
                assert new is not None
                yield Change((*path, new), ABSENT, short(after[new]))
            elif new is None:
                yield Change((*path, old), short(before[old]), ABSENT)
            else:
                yield from changes(before[old], after[new], (*path, new))
    elif short(before) != short(after):
        yield Change(path, short(before), short(after))


def matched(before: Sequence[Component], after: Sequence[Component]) -> list[Pair]:
    """Which component became which, in the order of both lists."""
    old, new = ([_Outline.of(each) for each in side] for side in (before, after))
    return align(old, new, _Outline.distance, lambda outline: outline.type)


def short(value: Any) -> Any:
    """The value as the canonical form writes it."""
    if isinstance(value, Spec):
        document = {key: short(item) for key, item in _fields(value, defaults=False).items()}
        if not isinstance(value, Component):
            return document
        return {"type": value.type, **document} if document else value.type
    if isinstance(value, tuple | list):
        return [short(item) for item in value]
    return value


def written_name(layer: LayerSpec) -> str:
    """The name of a layer, or an empty one where it is such as netspec gives itself: a layer that is
    inserted changes the numbers of those behind it."""
    given = re.fullmatch(rf"{re.escape(layer.type)}_[1-9][0-9]*", layer.name)
    return "" if given else layer.name


def _fields(spec: Spec, defaults: bool = True) -> dict[str, Any]:
    """The values of a spec by their keys, without the type."""
    found: dict[str, Any] = {}
    for key, (name, field) in zip(spec.keys(), type(spec).model_fields.items(), strict=True):
        value = getattr(spec, name)
        if name == "name" and isinstance(spec, LayerSpec):
            value = written_name(spec)
        default = field.get_default(call_default_factory=True)
        if name != "type" and (defaults or value != default):
            found[key] = value
    if isinstance(spec, Opaque):
        found.update(spec.model_extra or {})
    return found


def _of_mappings(
    before: Mapping[str, Any], after: Mapping[str, Any], path: JSONPath
) -> Iterator[Change]:
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key, ABSENT), after.get(key, ABSENT)
        yield from changes(old, new, (*path, key))


def _are_components(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(item, Component) for item in value)


@dataclass(frozen=True)
class _Outline:
    """A component as what is quick to compare."""

    type: str
    values: Mapping[str, str]

    @classmethod
    def of(cls, component: Component) -> Self:
        fields = _fields(component).items()
        return cls(component.type, {key: repr(short(value)) for key, value in fields})

    def distance(self, other: _Outline) -> float:
        """0 where nothing differs, less than 1 where some values do, 2 for other types."""
        if self.type != other.type:
            return 2.0
        if self.values == other.values:
            return 0.0
        keys = self.values.keys() | other.values.keys()
        different = sum(self.values.get(key) != other.values.get(key) for key in keys)
        return different / (1 + len(keys))
