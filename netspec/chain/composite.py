"""A layer made of chains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from netspec.layer import Layer, LayerSpec

from .linked import Chain

__all__ = ["Composite"]

_S = TypeVar("_S", bound=LayerSpec)


class Composite(Layer[_S]):
    """A layer made of chains: its arrays and penalties are theirs, under their dotted names."""

    def hold(self, *chains: Chain) -> None:
        """Take the chains in: their arrays, and into the spec their layers as they were named."""
        self._chains = {chain.path[len(self.path) :].strip("."): chain for chain in chains}
        named = {chain.field: tuple(layer.spec for layer in chain) for chain in chains}
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
