"""Layers: what a document says of one, and what runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from pydantic import Field
from typing_extensions import TypeVar

from .arrays import Array, Gradients, Shape
from .errors import SpecError
from .site import Site
from .spec import Component, Name
from .tape import Tape

if TYPE_CHECKING:
    import numpy as np

    from .chain import Chain
    from .kinds import Regularizer
    from .lowering import Program

__all__ = ["Activation", "ActivationLayer", "Layer", "LayerSpec", "Passes"]

Passes = Callable[[], Iterable[tuple[Array, Array]]]
"""Each call goes through the training part once: (input as it reaches the layer, target)."""


class LayerSpec(Component, kind="layer"):
    """What a document says of a layer: it builds the layer that runs.

    `accepts` holds the kinds of dtype that it takes (numpy's letters: `f` floats, `iu` integers).
    `differentiable` is False where no gradient passes. `batch_independent` is False where, in
    training, a sample's output depends on the others of its batch. `example_shape` is the input's
    shape, without the batch axis, for which the `examples` are meant.
    """

    accepts: ClassVar[str] = "f"
    differentiable: ClassVar[bool] = True
    batch_independent: ClassVar[bool] = True
    example_shape: ClassVar[Shape] = (4,)

    name: Name = Field(
        default="", description="what it is called in its chain; else its type and a number"
    )
    trainable: bool = Field(default=True, description="whether training changes its parameters")

    @abstractmethod
    def build(self, site: Site) -> Layer:
        """The running layer for this place. Raises SpecError where the input does not fit."""

    def links(self) -> tuple[LayerSpec, ...]:
        """The links of the chain that this spec stands for.

        An `activation` that a layer may go without, with None for its default, is a link of its own.
        """
        field = type(self).model_fields.get("activation")
        own = getattr(self, "activation", None)
        if field is None or field.default is not None or not isinstance(own, Activation):
            return (self,)
        return self.model_copy(update={"activation": None}), own


_S = TypeVar("_S", bound=LayerSpec, default=LayerSpec, covariant=True)


class Layer(ABC, Generic[_S]):
    """A layer that runs: it holds arrays and neighbours, and keeps nothing between calls.

    Its constructor takes arrays from the site into `params` (changed by gradient) and `state`
    (changed otherwise), where they are written in place and never replaced, and says
    `output_shape` where it is not the input's. `penalties` holds the regularizers of parameters by
    their names. `least_batch` is the number of samples that it needs in training, `index_range` holds
    the integers that it takes, where it does not take all.
    """

    def __init__(self, spec: _S, site: Site) -> None:
        if site.input_dtype.kind not in spec.accepts:
            taken, right = "numbers with a fraction", 'leave "input_dtype" out of the spec'
            if "f" not in spec.accepts:
                taken, right = (
                    "integers",
                    'put it first, and say "input_dtype": "int64" in the spec',
                )
            raise SpecError(f"{spec.type} takes {taken}, not {site.input_dtype}", right)
        self.spec = spec
        self.path = site.path
        self.previous: Layer | None = None
        self.next: Layer | None = None
        self.chain: Chain | None = None
        self.input_shape: Shape = site.input_shape
        self.output_shape: Shape = site.input_shape
        self.input_dtype: np.dtype[Any] = site.input_dtype
        self.output_dtype: np.dtype[Any] = site.dtype
        self.params: dict[str, Array] = {}
        self.state: dict[str, Array] = {}
        self.penalties: dict[str, Regularizer] = {}
        self.least_batch: int = 1
        self.index_range: range | None = None

    @property
    def name(self) -> str:
        """The layer's name in its chain: the last part of its path."""
        return self.path.rpartition(".")[2]

    @abstractmethod
    def forward(self, x: Array, tape: Tape) -> Array:
        """The output, `(N, *output_shape)`, for `x`, `(N, *input_shape)`; never writes into `x`."""

    @abstractmethod
    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """From ∂L/∂output to (∂L/∂input, ∂L/∂parameter by name); never writes into `grad`.

        The first may be None where `tape.wants_input_gradient` is False, and where x is integers. An
        array that is given for a parameter is the loop's from then on, to be overwritten: it shares no
        memory with another.
        """

    def lower(self, program: Program) -> str:
        """Say what the layer does in evaluation in ONNX's operators, from the value `program.x`.

        Returns the name of its output. A layer need not: then it cannot be exported.
        """
        raise _not_lowered(self.path, self.spec.type)

    def chains(self) -> Mapping[str, Chain]:
        """The chains inside a composite, by the part of the path that each adds (mostly "")."""
        return {}

    def trainable_keys(self) -> Iterator[str]:
        """The keys of `params` that training changes."""
        if self.spec.trainable:
            yield from self.params

    def walk(self) -> Iterator[Layer]:
        """This layer, then every layer inside it, each before its own inner ones."""
        waiting: list[Layer] = [self]
        while waiting:
            layer = waiting.pop()
            yield layer
            inner = [each for chain in layer.chains().values() for each in chain]
            waiting.extend(reversed(inner))

    def __getstate__(self) -> dict[str, Any]:
        """Without the neighbours: the chain joins them again, so that nothing recurses over links."""
        return {**self.__dict__, "previous": None, "next": None, "chain": None}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path} {self.input_shape} → {self.output_shape}>"


class Activation(LayerSpec, kind="activation"):
    """A function without parameters, as a layer: `forward` and `backward` are all it writes.

    An activation whose outputs are probabilities says so with `gives = "probabilities"`, one whose
    outputs depend on more than their own input, as softmax's do, with `elementwise = False`.
    """

    gives: ClassVar[str] = ""
    elementwise: ClassVar[bool] = True

    @abstractmethod
    def forward(self, x: Array) -> Array:
        """f(x), `(N, …)`."""

    @abstractmethod
    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        """∂L/∂x from `grad` = ∂L/∂y, where `y` is what `forward(x)` gave."""

    def lower(self, program: Program) -> str:
        """f in ONNX's operators, from the value `program.x`; returns the name of its output.

        An activation need not: then it cannot be exported.
        """
        raise _not_lowered(self.name, self.type)

    def build(self, site: Site) -> ActivationLayer:
        return ActivationLayer(self, site)


class ActivationLayer(Layer[Activation]):
    """The running layer of every activation."""

    def forward(self, x: Array, tape: Tape) -> Array:
        y = self.spec.forward(x)
        tape.save(self, x, y)
        return y

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        if not tape.wants_input_gradient:
            return None, {}
        return self.spec.backward(grad, *tape.load(self)), {}

    def lower(self, program: Program) -> str:
        return self.spec.lower(program)


def _not_lowered(path: str, type_: str) -> SpecError:
    return SpecError(
        f"{path or type_} ({type_}) does not say itself in ONNX's operators",
        "give its class a method lower(program), or leave it out of what is exported",
    )
