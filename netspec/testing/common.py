"""What every component promises, of whatever kind."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator

from netspec.spec import Component

from .examples import read, registry_of
from .findings import Check

__all__ = ["COMMON"]


def docstring(spec: Component) -> Iterator[str]:
    """The class says what it is."""
    if not (type(spec).__dict__.get("__doc__") or "").strip():
        yield f"{type(spec).__qualname__} has none"


def document(spec: Component) -> Iterator[str]:
    """What is written reads back as the same spec, with its defaults and without."""
    registry = registry_of(spec)
    for defaults in (False, True):
        text = json.dumps(spec.document(defaults), allow_nan=False)
        again = read(type(spec), json.loads(text), registry)
        if again != spec:
            yield f"{text} reads back as {again!r}, not as {spec!r}"


def copies(spec: Component) -> Iterator[str]:
    """A copy and a pickle are the same spec."""
    for way, again in (
        ("copy", copy.deepcopy(spec)),
        ("pickle", pickle.loads(pickle.dumps(spec))),  # noqa: S301
    ):
        if again != spec:
            yield f"a {way} of {spec!r} is {again!r}"


def frozen(spec: Component) -> Iterator[str]:
    """Its values stand; hashable or not, nobody changes them."""
    if not type(spec).model_config.get("frozen"):
        yield "its class is not frozen"


COMMON: tuple[Check[Component], ...] = (docstring, document, copies, frozen)
