"""What a layer promises of the layers inside it, and of the spec that is saved for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netspec.chain import Chain
from netspec.layer import Layer, LayerSpec
from netspec.spec import Spec

from .bench import Bench
from .findings import Check

__all__ = ["COMPOSITE"]


def _given_spec(bench: Bench) -> Iterator[str]:
    """The spec that is saved says what the given one says; only layers get their names."""
    given, saved = _plain(bench.spec), _plain(bench.build().spec)
    other = [name for name in given if given[name] != saved.get(name)]
    if other:
        yield f"self.spec, which is saved, has other {', '.join(other)} than the spec that was given"


def _plain(value: Any) -> Any:
    """A spec's values without names; layers in a row are the links that they stand for."""
    if isinstance(value, tuple | list):
        rows = [each.links() if isinstance(each, LayerSpec) else (each,) for each in value]
        return [_plain(each) for row in rows for each in row]
    if isinstance(value, Spec):
        fields = (name for name in type(value).model_fields if name != "name")
        return {name: _plain(getattr(value, name)) for name in fields}
    return value


def _inside(bench: Bench) -> Iterator[str]:
    """Every chain inside is in `chains()`, and its arrays are the layer's, under their dotted names."""
    layer = bench.build()
    chains = layer.chains()
    for name, chain in _attributes(layer):
        if not any(chain is each for each in chains.values()):
            yield f"chains() lacks the chain in {name}: extend Composite, and hold it"
    for part, chain in chains.items():
        for what, inner in (
            ("params", chain.params()),
            ("state", chain.state()),
            ("penalties", chain.penalties()),
        ):
            own = getattr(layer, what)
            dotted = {f"{part}.{key}" if part else key: held for key, held in inner.items()}
            lost = [key for key, held in dotted.items() if own.get(key) is not held]
            if lost:
                yield f"{what} lacks {', '.join(lost)} of a chain inside: extend Composite, and hold it"


def _attributes(layer: Layer) -> Iterator[tuple[str, Chain]]:
    """The chains among the layer's attributes, also in a row or a dict, with the attribute's name."""
    for name, value in vars(layer).items():
        row = list(value.values()) if isinstance(value, dict) else value
        for each in row if isinstance(row, list | tuple) else [row]:
            if isinstance(each, Chain) and name != "chain":
                yield name, each


COMPOSITE: tuple[Check[Bench], ...] = (_given_spec, _inside)
