"""Layers made of layers with one fault each, as people write them: the proof kit must name it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from netspec import Array, Chain, Composite, Gradients, Layer, LayerSpec, Many, Site, Tape


class Row(Layer[Any]):
    """`chains`, and nothing else: it saves nothing of the layers inside."""

    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.inner = self.chain_of(spec, site)
        self.output_shape = self.inner.output_shape
        self.take()

    def chain_of(self, spec: Any, site: Site) -> Chain:
        return Chain.inside(site, spec.layers)

    def take(self) -> None:
        """Make what the chain holds the layer's own."""

    def chains(self) -> Mapping[str, Chain]:
        return {"": self.inner}

    def forward(self, x: Array, tape: Tape) -> Array:
        return self.inner.forward(x, tape)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        return self.inner.pull(grad, tape)


class Held(Row, Composite[Any]):
    """A right one."""

    def take(self) -> None:
        self.hold(self.inner)


class TakesNoState(Row):
    def take(self) -> None:
        self.params.update(self.inner.params())


class CopiesItsParameters(Row):
    def take(self) -> None:
        self.params.update({key: array.copy() for key, array in self.inner.params().items()})
        self.state.update(self.inner.state())


class HidesItsChains(TakesNoState):
    def take(self) -> None:
        super().take()
        self.row = [self.inner]

    def chains(self) -> Mapping[str, Chain]:
        return {}


class NoPenalties(Row):
    def take(self) -> None:
        self.params.update(self.inner.params())
        self.state.update(self.inner.state())


class SavesHalf(Held):
    def take(self) -> None:
        super().take()
        self.spec = self.spec.model_copy(update={"layers": self.spec.layers[:1]})


class Rows(LayerSpec):
    """A document of one of the layers above."""

    type: Literal["wrong_row"] = "wrong_row"
    layer: str
    layers: Many[LayerSpec]

    def build(self, site: Site) -> Layer[Any]:
        return globals()[self.layer](self, site)


class Single(LayerSpec):
    """A field for one layer, where `hold` puts a row."""

    type: Literal["single"] = "single"
    layers: LayerSpec

    def build(self, site: Site) -> Layer[Any]:
        return SingleLayer(self, site)


class SingleLayer(Held):
    def chain_of(self, spec: Any, site: Site) -> Chain:
        return Chain.inside(site, [spec.layers])
