"""The canonical form: one way to write each document, so that a change of the text is a change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .document import Document, layout
from .errors import SpecError
from .migrations import STEPS, Step
from .model import ModelSpec
from .opaque import LenientRegistry, Opaque
from .provenance import components, versions_of
from .reading import read_spec
from .registry import Registry
from .sources import EXTENDS
from .spec import Component, Spec, version_of

__all__ = ["Told", "canonical", "formatted", "renewed"]


Told = Callable[[ModelSpec], None]
"""What is given a document as it was read, to warn of what is opaque in it."""


def _silent(_: ModelSpec) -> None:
    pass


def formatted(document: Document, registry: Registry | None = None, told: Told = _silent) -> str:
    """The text of a document in its canonical form; formatting twice changes nothing.

    What the registry does not know is kept as it is written. Raises SpecError where the document is
    wrong, or of an older version.
    """
    spec = read_spec(document, registry=LenientRegistry(registry))
    told(spec)
    if spec.migrated:
        what = f"the document is older than this netspec: {', '.join(spec.migrated)}"
        raise spec.locate(
            SpecError(what, "netspec migrate brings it to today's", path=("netspec",))
        )
    return layout(canonical(document.value, spec, part=document.base is not None))


def renewed(
    document: Document,
    registry: Registry | None = None,
    told: Told = _silent,
    steps: Mapping[int, Step] = STEPS,
) -> str | None:
    """The text of an older document in today's versions, canonical; None where it is today's.

    Raises SpecError where the document is wrong, or newer than what is known.
    """
    lenient = LenientRegistry(registry)
    spec = read_spec(document, registry=lenient, steps=steps)
    told(spec)
    if not spec.migrated:
        return None
    if document.base is not None:
        what = f"the document is older than this netspec: {', '.join(spec.migrated)}"
        raise spec.locate(
            SpecError(what, "migrate what it extends, then write this one anew", path=("extends",))
        )
    value = spec.document(spec.weights is not None, lenient.written)
    value.pop(EXTENDS, None)
    if spec.provenance is not None:
        value["provenance"] = {**spec.provenance, "versions": _versions(spec, lenient)}
    return layout(canonical(value, spec))


def _versions(spec: ModelSpec, registry: Registry) -> dict[str, int]:
    """The versions of a model's components, of the opaque ones those that it recorded."""
    recorded = (spec.provenance or {}).get("versions", {})
    parts = list(components(spec))
    opaque = {part.address() for part in parts if isinstance(part, Opaque)}
    found = {address: version_of(address, recorded) for address in opaque}
    kept = {a: version for a, version in found.items() if version != 1 or a.count("/") > 1}
    known = versions_of((part for part in parts if not isinstance(part, Opaque)), registry)
    return dict(sorted({**kept, **known}.items()))


def canonical(written: Any, spec: ModelSpec, *, part: bool = False) -> Any:
    """A document that was read as `spec`: keys in their order, defaults left out, and a component
    as its bare type where nothing else is left.

    A saved model, a `part` that extends another document, and what is opaque, keep every key.
    """
    return _canonical(written, spec, everything=part or spec.weights is not None)


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
