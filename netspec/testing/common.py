"""What every component promises, of whatever kind."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator
from typing import TYPE_CHECKING

from netspec.spec import Component, Spec

from .examples import read, registry_of

if TYPE_CHECKING:
    from .findings import Check

__all__ = ["COMMON"]


def _docstring(spec: Component) -> Iterator[str]:
    """The class says what it is."""
    if not (type(spec).__dict__.get("__doc__") or "").strip():
        yield f"{type(spec).__qualname__} has none"


def _document(spec: Component) -> Iterator[str]:
    """What is written reads back as the same spec, with its defaults and without."""
    registry = registry_of(spec)
    for defaults in (False, True):
        text = json.dumps(spec.document(defaults), allow_nan=False)
        again = read(type(spec), json.loads(text), registry)
        if again != spec:
            yield f"{text} reads back as {again!r}, not as {spec!r}"


def _copies(spec: Component) -> Iterator[str]:
    """A copy and a pickle are the same spec."""
    for way, again in (
        ("copy", copy.deepcopy(spec)),
        ("pickle", pickle.loads(pickle.dumps(spec))),  # noqa: S301
    ):
        if again != spec:
            yield f"a {way} of {spec!r} is {again!r}"


def _frozen(spec: Component) -> Iterator[str]:
    """Its values stand; hashable or not, nobody changes them."""
    if not type(spec).model_config.get("frozen"):
        yield "its class is not frozen"


def _field_names(spec: Component) -> Iterator[str]:
    """No field stands where the kind has a method or a fact of its own."""
    bases = [base for base in type(spec).__mro__ if issubclass(base, Spec)]
    taken = [base for base in bases if getattr(base, "_base", True)]
    for name in type(spec).model_fields:
        if any(name in vars(base) and name not in base.model_fields for base in taken):
            yield f"the field {name} hides what every {spec.kind} has by that name"


COMMON: tuple[Check[Component], ...] = (_docstring, _document, _copies, _frozen, _field_names)
