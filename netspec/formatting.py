"""The canonical form: one way to write each document, so that a change of the text is a change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .document import Document, layout
from .model import ModelSpec
from .opaque import LenientRegistry, Opaque
from .reading import read_spec
from .registry import Registry
from .spec import Component, Spec

__all__ = ["canonical", "formatted"]


def formatted(
    document: Document,
    registry: Registry | None = None,
    told: Callable[[ModelSpec], None] | None = None,
) -> str:
    """The text of a document in its canonical form; formatting twice changes nothing.

    What the registry does not know is kept as it is written; `told` is given what was read. Raises
    SpecError where the document is wrong.
    """
    spec = read_spec(document, registry=LenientRegistry(registry))
    if told is not None:
        told(spec)
    return layout(canonical(document.value, spec))


def canonical(written: Any, spec: ModelSpec) -> Any:
    """A document that was read as `spec`: keys in their order, defaults left out, and a component
    as its bare type where nothing else is left.

    A saved model, and what is opaque, keep every key.
    """
    return _canonical(written, spec, everything=spec.weights is not None)


def _canonical(written: Any, value: Any, everything: bool) -> Any:
    if isinstance(value, Opaque):
        return written
    if isinstance(value, Spec):
        if isinstance(written, str):
            return written
        kept = {}
        for key, (name, field) in zip(value.keys(), type(value).model_fields.items(), strict=True):
            item = getattr(value, name)
            default = field.get_default(call_default_factory=True)
            if key in written and (everything or name == "type" or item != default):
                kept[key] = _canonical(written[key], item, everything)
        bare = isinstance(value, Component) and len(kept) == 1 and not everything
        return kept["type"] if bare else kept
    if isinstance(value, tuple | list) and isinstance(written, list) and len(value) == len(written):
        return [
            _canonical(each, item, everything) for each, item in zip(written, value, strict=True)
        ]
    if isinstance(value, float) and isinstance(written, int):
        return value
    return written
