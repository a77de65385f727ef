"""What a network looks like and what it needs, from arithmetic alone: nothing is allocated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from .arrays import Shape, size
from .assemble import build
from .errors import PluginError
from .flops import count
from .kinds import OptimizerSpec
from .layer import Layer, LayerSpec
from .model import ModelSpec
from .network import SequentialNetwork
from .opaque import opaque_parts
from .registry import Registry
from .storage import model_document

__all__ = ["LayerSummary", "Summary", "summarize"]


@dataclass(frozen=True)
class LayerSummary:
    """What is shown of a layer; `path` has dots for one inside another.

    Arrays and operations that are inside a composite count there. Bytes and operations are those of
    one sample; what is not known is None.
    """

    path: str
    type: str
    output_shape: Shape | None = None
    parameters: int | None = None
    trainable: int | None = None
    memory: int | None = None
    activations: int | None = None
    forward: int | None = None
    backward: int | None = None


@dataclass(frozen=True)
class Summary:
    """The layers of a spec and what they need together.

    Where a layer is opaque, `network` ends before it, and of the layers from there on only name and
    type are known.
    """

    spec: ModelSpec
    network: SequentialNetwork
    rest: tuple[LayerSpec, ...] = ()

    @property
    def batch_size(self) -> int:
        """The samples of a batch: what the training says, else 32."""
        return self.spec.training.batch_size if self.spec.training else 32

    @cached_property
    def fingerprint(self) -> dict[str, str] | None:
        """The digests that a model of this spec records; None where a part of it is opaque."""
        if any(opaque_parts(self.spec)):
            return None
        recorded: dict[str, str] = model_document(self.network)["provenance"]["fingerprint"]
        return recorded

    @property
    def output_shape(self) -> Shape | None:
        """The shape of an output, without the batch axis."""
        return None if self.rest else self.network.output_shape

    @cached_property
    def layers(self) -> tuple[LayerSummary, ...]:
        """Every layer, each before those inside it."""
        known = tuple(_layers(self.network))
        return known + tuple(LayerSummary(each.name or each.type, each.type) for each in self.rest)

    def total(self, what: str) -> int | None:
        """The sum of a number of all layers, or None where one is not known."""
        values = [getattr(layer, what) for layer in self.layers]
        return None if None in values else sum(values)

    @cached_property
    def optimizer_memory(self) -> int | None:
        """The bytes of the arrays that the optimizer keeps; None without one that is known."""
        training = self.spec.training
        if training is None or self.rest:
            return None
        try:
            return _slots(training.optimizer, self.network)
        except PluginError:
            return None


def summarize(spec: ModelSpec, registry: Registry | None = None) -> Summary:
    """Look at a spec. Raises SpecError or LimitError where its layers do not fit together."""
    links = [link for layer in spec.layers for link in layer.links()]
    known = next((at for at, link in enumerate(links) if _is_opaque(link)), len(links))
    if known == len(links):
        return Summary(spec, build(spec, registry=registry, mode="dry"))
    start = spec.model_copy(update={"layers": tuple(links[:known])})
    return Summary(spec, build(start, registry=registry, mode="dry"), tuple(links[known:]))


def _is_opaque(layer: LayerSpec) -> bool:
    """Whether the layer, or one inside it, is known by its document only."""
    return any(isinstance(part, LayerSpec) for _, part in opaque_parts(layer))


def _layers(network: SequentialNetwork) -> Iterator[LayerSummary]:
    trained = network.trainable()
    counts = count(network)
    wanted = False
    for layer in network.walk():
        own = {key: array for key, array in layer.params.items() if "." not in key}
        state = [array for key, array in layer.state.items() if "." not in key]
        learning = [array for key, array in own.items() if f"{layer.path}.{key}" in trained]
        found = counts.get(layer)
        yield LayerSummary(
            layer.path,
            layer.spec.type,
            layer.output_shape,
            sum(array.size for array in own.values()),
            sum(array.size for array in learning),
            sum(array.nbytes for array in (*own.values(), *state)),
            _activations(layer),
            found.forward if found else None,
            found.backward(bool(learning), wanted) if found else None,
        )
        wanted = wanted or bool(learning)


def _activations(layer: Layer) -> int:
    """The bytes of what the layer gives; what a composite gives, its last layer gave."""
    return 0 if layer.chains() else size(layer.output_shape) * layer.output_dtype.itemsize


def _slots(optimizer: OptimizerSpec, network: SequentialNetwork) -> int:
    running = optimizer.build()
    total = 0
    for array in network.trainable().values():
        total += sum(slot.nbytes for slot in running.slots(array.shape, array.dtype).values())
    return total
