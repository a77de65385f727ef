"""A layer made of chains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from netspec.errors import PluginError, quote
from netspec.layer import Layer, LayerSpec

from .linked import Chain

__all__ = ["Composite"]

_S = TypeVar("_S", bound=LayerSpec)


class Composite(Layer[_S]):
    """A layer made of chains: its arrays and penalties are theirs, under their dotted names."""

    def hold(self, *chains: Chain) -> None:
        """Take the chains in: their arrays, and into the spec their layers as they were named.

        Raises PluginError where two chains have one part, or one field for different layers.
        """
        self._chains = {chain.path[len(self.path) :].strip("."): chain for chain in chains}
        if len(self._chains) < len(chains):
            raise PluginError(
                f"{self.spec.type}: two of its chains have the same part",
                'name them apart, as in Chain.inside(…, part="left")',
            )
        named: dict[str, tuple[LayerSpec, ...]] = {}
        for chain in chains:
            layers = tuple(layer.spec for layer in chain)
            same = named.setdefault(chain.field, layers) == layers
            if not same and chain.field in type(self.spec).model_fields:
                raise PluginError(
                    f"{self.spec.type}: two of its chains have the field {quote(chain.field)}, "
                    "and their layers differ",
                    'say which field holds the layers of each, as in Chain.inside(…, field="left")',
                )
        self.spec = self.spec.model_copy(update=named)
        self.least_batch = max(layer.least_batch for chain in chains for layer in chain)
        for part, chain in self._chains.items():
            prefix = f"{part}." if part else ""
            self.params.update({prefix + key: a for key, a in chain.params().items()})
            self.state.update({prefix + key: a for key, a in chain.state().items()})
            self.penalties.update({prefix + key: p for key, p in chain.penalties().items()})

    def chains(self) -> Mapping[str, Chain]:
        return self._chains

    def trainable_keys(self) -> Iterator[str]:
        if self.spec.trainable:
            for part, chain in self._chains.items():
                prefix = f"{part}." if part else ""
                yield from (prefix + key for key in chain.trainable())
