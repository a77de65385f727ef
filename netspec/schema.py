"""The JSON Schema of an installation: what a document may say, with every plugin's types."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from netspec.errors import PluginError, warn
from netspec.model import FORMAT, ModelSpec
from netspec.registry import OWN, Offer, Registry
from netspec.spec import Component

__all__ = ["json_schema"]

_KIND = "netspec_kind"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_Schema = dict[str, Any]


class _Generator(GenerateJsonSchema):
    """pydantic's generator, with the default of a component as a document writes it."""

    def encode_default(self, dft: Any) -> Any:
        return dft.document() if isinstance(dft, Component) else super().encode_default(dft)


def json_schema(registry: Registry | None = None) -> _Schema:
    """A JSON Schema (2020-12) of the documents that this registry reads.

    Each kind is one `oneOf` over its types: an object with its `type`, or, for a type that can do
    without any value, its bare name. A type whose plugin fails is left out, with a warning.
    """
    registry = registry or Registry.installed()
    offers = [offer for offer in registry.offers() if _loads(offer)]
    components = dict.fromkeys(offer.load() for offer in offers)
    whole = ModelSpec.model_json_schema(schema_generator=_Generator)
    found, rest = models_json_schema(
        [(cls, "validation") for cls in components],
        ref_template="#/$defs/{model}",
        schema_generator=_Generator,
    )
    definitions: _Schema = rest.get("$defs", {})
    names = {cls: schema["$ref"].rpartition("/")[2] for (cls, _), schema in found.items()}
    for kind in sorted(_kinds([whole, definitions]) | {offer.kind for offer in offers}):
        members = [o for o in offers if kind in (o.kind, o.namespace)]
        definitions[f"kind.{kind}"] = _kind(kind, members, names, definitions, registry)
    whole["properties"]["netspec"] = {"const": FORMAT, "description": "The format's version."}
    _let_extend(whole, definitions)
    return _resolved(
        {
            "$schema": _DIALECT,
            **whole,
            "title": "netspec",
            "$defs": dict(sorted(definitions.items())),
        }
    )


def _let_extend(whole: _Schema, definitions: _Schema) -> None:
    """Ask for what a document must have only where it extends no other.

    One that does may leave out any key, also those of a component, which the other has then.
    """
    inner = whole["properties"]["training"]["anyOf"][0]
    loss = {"loss": whole["properties"]["loss"]}
    parts = {key: inner["properties"][key] for key in ("data", "optimizer")}
    whole["properties"]["loss"] = True
    inner["properties"] |= dict.fromkeys(parts, True)
    whole["if"] = {"required": ["extends"], "properties": {"extends": {"type": "string"}}}
    whole["then"] = {
        "properties": {
            "loss": _or_part(loss["loss"], definitions["kind.loss"]),
            "training": {
                "properties": {
                    "data": _or_part(parts["data"], definitions["kind.dataset"]),
                    "optimizer": _or_part(parts["optimizer"], definitions["kind.optimizer"]),
                }
            },
        },
    }
    whole["else"] = {
        "required": whole.pop("required"),
        "properties": {
            **loss,
            "training": {"required": inner.pop("required"), "properties": parts},
        },
    }


def _or_part(field: _Schema, kind: _Schema) -> _Schema:
    """The field, or an object with any of a component's keys, of which none must be there."""
    untyped = {"type": "object", "not": {"required": ["type"]}}
    typed = [{"$ref": way["$ref"]} for way in kind.get("oneOf", ()) if "$ref" in way]
    return {"anyOf": [field, untyped, *typed]}


def _kinds(schema: Any) -> set[str]:
    """The kinds that fields of these definitions take."""
    if isinstance(schema, list):
        return {kind for item in schema for kind in _kinds(item)}
    if not isinstance(schema, dict):
        return set()
    own = {schema[_KIND]} if _KIND in schema else set()
    return own | _kinds(list(schema.values()))


def _loads(offer: Offer) -> bool:
    try:
        offer.load()
    except PluginError as error:
        warn(str(error))
        return False
    return True


def _kind(
    kind: str,
    offers: list[Offer],
    names: dict[type[Any], str],
    definitions: _Schema,
    registry: Registry,
) -> _Schema:
    """Every way to write a component of this kind: what an object must say stands here, beside the
    reference, since a document that extends another may leave it out."""
    bare: list[str] = []
    objects: list[_Schema] = []
    for offer in offers:
        cls = offer.load()
        definition = definitions[names[cls]]
        written = _written(offer, registry)
        definition["properties"]["type"] = {"enum": written, "title": "Type"}
        required = [key for key in definition.get("required", ()) if key != "type"]
        definition["required"] = ["type"]
        whole = {"required": ["type", *required]} if required else {}
        if not required:
            bare.extend(written)
        objects.append({"$ref": f"#/$defs/{names[cls]}", **whole})
    if not objects:
        return {"title": kind, "description": f"No {kind} is installed.", "not": {}}
    strings = [{"enum": bare, "description": f"The type of {kind}, with its defaults."}]
    return {"title": kind, "oneOf": [*(strings if bare else []), *objects]}


def _written(offer: Offer, registry: Registry) -> list[str]:
    """How a document may write the type; ours are written short."""
    short = registry.written(offer.load())
    if offer.origin.distribution == OWN:
        return [short]
    return list(dict.fromkeys([short, f"{offer.origin.distribution}/{offer.type}"]))


def _resolved(schema: Any) -> Any:
    """The schema with each placeholder of a kind as the reference that it stands for."""
    if isinstance(schema, list):
        return [_resolved(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kind = schema.get(_KIND)
    plain = {key: _resolved(value) for key, value in schema.items() if key != _KIND}
    return {"$ref": f"#/$defs/kind.{kind}", **plain} if kind else plain
