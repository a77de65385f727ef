"""Instances to prove: what a class gives as examples, made as a document makes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from netspec.provenance import components
from netspec.registry import Registry
from netspec.spec import Component
from netspec.wording import refusal

__all__ = ["example", "examples", "read", "registry_of"]

_C = TypeVar("_C", bound=Component)


def example(cls: type[_C], *, registry: Registry | None = None) -> _C:
    """An instance of the class: the first of its `examples`."""
    return next(examples(cls, registry=registry))


def examples(cls: type[_C], *, registry: Registry | None = None) -> Iterator[_C]:
    """An instance for each of the class's `examples`, which are `({},)` where it says none.

    Raises SpecError where an example is none.
    """
    for document in cls.examples:
        yield read(cls, document, registry or Registry.installed())


def read(cls: type[_C], document: Mapping[str, Any], registry: Registry) -> _C:
    """The instance of this class that a document describes."""
    try:
        made = cls.__pydantic_validator__.validate_python(
            {"type": cls.type_name(), **document}, context={"registry": registry}
        )
    except ValidationError as error:
        raise refusal(cls._suggested(error)) from None
    assert isinstance(made, cls)
    return made


def registry_of(spec: Component) -> Registry:
    """What is installed, and with it every class of the spec that no plugin offers yet."""
    installed = Registry.installed()
    classes = {type(each) for each in components(spec)}
    return installed.including(*(cls for cls in classes if installed.origin_of(cls) is None))
