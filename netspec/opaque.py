"""Opened without the plugin: a component that nobody here knows is kept as it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import new_class
from typing import Any, ClassVar, Literal, NoReturn, TypeVar, cast

from pydantic import ConfigDict

from .errors import JSONPath, NetspecError, PluginError, quote
from .registry import Registry
from .spec import Component, Spec

__all__ = ["LenientRegistry", "Opaque", "opaque_parts"]

_C = TypeVar("_C", bound=Component)

_TYPE = re.compile(r"([A-Za-z0-9][\w.-]*/)?[a-z][a-z0-9_]*")
_KNOWN = {"type", "name", "trainable"}


class Opaque:
    """A component of which only the document is known; `why` says why there is no more.

    It takes any key. Asked to do anything, it raises PluginError.
    """

    why: ClassVar[NetspecError]

    def document(self, *_: Any) -> dict[str, Any]:
        """The document as it was written, whatever is asked for."""
        part = cast("Component", self)
        fields = (name for name in type(part).model_fields if name in part.model_fields_set)
        known = {name: getattr(part, name) for name in fields}
        return {"type": part.type, **known, **(part.model_extra or {})}

    @classmethod
    def _current(cls, document: dict[str, Any], *_: Any) -> dict[str, Any]:
        """The document as it is, whatever its version: nobody here could migrate it."""
        return document


class LenientRegistry(Registry):
    """A registry that gives an opaque class for a type that it does not know.

    It serves what reads a document and runs nothing: showing, comparing, formatting, migrating.
    """

    def __init__(self, strict: Registry | None = None) -> None:
        super().__init__()
        self._strict = strict or Registry.installed()
        self._offers = self._strict._offers
        self._origins, self._failures = self._strict._origins, self._strict._failures
        self._opaque: dict[tuple[type[Any], str], type[Any]] = {}

    def find(self, base: type[_C], written: str) -> type[_C]:
        try:
            self._strict.offer(base.namespace, base.kind, written).load()
        except NetspecError as error:
            if not _TYPE.fullmatch(written):
                raise
            key = (base, written)
            if key not in self._opaque:
                self._opaque[key] = _opaque(base, written, error)
            return self._opaque[key]
        return self._strict.find(base, written)

    def written(self, cls: type[Component]) -> str:
        return cls.type_name() if issubclass(cls, Opaque) else super().written(cls)


def _opaque(base: type[_C], written: str, why: NetspecError) -> type[_C]:
    """A class of the kind `base` that takes any key and does nothing."""

    def missing(*_: Any, **__: Any) -> NoReturn:
        raise PluginError.of(why.faults)

    loose = [name for name in base.model_fields if name not in _KNOWN]
    body = {
        "__module__": __name__,
        "__doc__": f"The {base.kind} {quote(written)}, whose plugin is missing.",
        "__annotations__": {"type": Literal[written], **dict.fromkeys(loose, Any)},
        "type": written,
        "model_config": ConfigDict(extra="allow"),
        **dict.fromkeys(loose),
        **dict.fromkeys(base.__abstractmethods__, missing),
    }
    name = f"Opaque{base.__name__}"
    made: Any = new_class(name, (Opaque, base), {}, lambda names: names.update(body))
    made.why = why
    return cast("type[_C]", made)


def opaque_parts(spec: Spec) -> Iterator[tuple[JSONPath, Opaque]]:
    """Every opaque component of a spec and where it stands, in the order of the document."""
    waiting: list[tuple[JSONPath, Any]] = [((), spec)]
    while waiting:
        path, value = waiting.pop()
        inner: list[tuple[JSONPath, Any]] = []
        if isinstance(value, Opaque):
            yield path, value
        elif isinstance(value, Spec):
            fields = zip(value.keys(), type(value).model_fields, strict=True)
            inner = [((*path, key), getattr(value, name)) for key, name in fields]
        elif isinstance(value, tuple | list):
            inner = [((*path, at), item) for at, item in enumerate(value)]
        waiting.extend(reversed(inner))
