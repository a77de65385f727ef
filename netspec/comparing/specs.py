"""Two documents as wholes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from netspec.layer import LayerSpec
from netspec.model import ModelSpec

from .changes import ABSENT, Change, changes, matched, short

__all__ = ["Comparison", "LayerChange", "compare"]

_ARCHITECTURE = ("name", "description", "input_shape", "dtype", "loss", "seed")
_ORIGIN = ("provenance", "classes", "trained", "data_state")


@dataclass(frozen=True)
class LayerChange:
    """What became of one layer: its place before and after, counted from 0, and what differs."""

    how: Literal["same", "changed", "inserted", "removed"]
    before: int | None
    after: int | None
    old: LayerSpec | None
    new: LayerSpec | None
    changes: tuple[Change, ...] = ()

    @property
    def layer(self) -> LayerSpec:
        """The layer as it is now, or as it was where it was removed."""
        layer = self.new or self.old
        assert layer is not None
        return layer

    def document(self) -> Any:
        """The layer, as the canonical form writes it."""
        return short(self.layer)


@dataclass(frozen=True)
class Comparison:
    """What differs: beside the layers, in the layers, in the training, and in what is recorded."""

    document: tuple[Change, ...]
    layers: tuple[LayerChange, ...]
    training: tuple[Change, ...]
    provenance: tuple[Change, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        kept = all(layer.how == "same" for layer in self.layers)
        return kept and not (self.document or self.training or self.provenance)


def compare(before: ModelSpec, after: ModelSpec) -> Comparison:
    """What differs between two specs, by meaning.

    An `activation` of a layer is the link of its own that it stands for, a default is the same
    written or not, and so is a name that netspec gives by itself.
    """
    beside = [*changes(_values(before, *_ARCHITECTURE), _values(after, *_ARCHITECTURE))]
    taken = [spec.input_dtype or spec.dtype for spec in (before, after)]
    if taken[0] != taken[1] and before.dtype == after.dtype:
        beside.append(Change(("input_dtype",), *taken))
    return Comparison(
        tuple(beside),
        tuple(_layers(before, after)),
        tuple(changes(before.training or ABSENT, after.training or ABSENT)),
        tuple(changes(_values(before, *_ORIGIN), _values(after, *_ORIGIN))),
    )


def _values(spec: ModelSpec, *names: str) -> dict[str, Any]:
    values = {name: getattr(spec, name) for name in names}
    return {
        name: {} if value is None and name in _ORIGIN else value for name, value in values.items()
    }


def _layers(before: ModelSpec, after: ModelSpec) -> list[LayerChange]:
    old = [link for layer in before.layers for link in layer.links()]
    new = [link for layer in after.layers for link in layer.links()]
    found: list[LayerChange] = []
    for a, b in matched(old, new):
        if a is None:
            assert b is not None
            found.append(LayerChange("inserted", None, b, None, new[b]))
        elif b is None:
            found.append(LayerChange("removed", a, None, old[a], None))
        else:
            differing = tuple(changes(old[a], new[b]))
            how: Literal["changed", "same"] = "changed" if differing else "same"
            found.append(LayerChange(how, a, b, old[a], new[b], differing))
    return found
