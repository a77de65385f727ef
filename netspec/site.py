"""The place where a layer is built: what comes in, and where its arrays come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .arrays import Array, Shape, Store, size
from .errors import LimitError
from .streams import Purpose, stream

if TYPE_CHECKING:
    from .kinds import Initializer

__all__ = ["Ledger", "Mode", "Site"]

Mode = Literal["full", "dry", "empty"]

# What numpy can address, in values of eight bytes, whatever the machine has.
_ADDRESSABLE = 2**59

# So many names stand above a layer's own in its path, also where Python builds it.
_NESTED = 32


@dataclass
class Ledger:
    """Counts what the sites of one network give out, before they give it, in Python's integers.

    Small parameters it keeps together in memory.
    """

    parameters_limit: int | None = None
    values_limit: int | None = None
    layers_limit: int | None = None
    parameters: int = 0
    layers: int = 0
    store: Store = field(default_factory=Store)

    def allow(self, layers: int) -> None:
        """Raise LimitError where so many more layers, inner ones too, are more than the limit."""
        if self.layers_limit is not None and self.layers + layers > self.layers_limit:
            raise LimitError(
                f"the network has at least {self.layers + layers:,} layers, "
                f"the limit is {self.layers_limit:,}",
                "use fewer layers, or let the caller raise the limit",
            )

    def stand(self, path: str) -> None:
        """Count a layer in, or raise LimitError."""
        if path.count(".") > _NESTED:
            raise LimitError(
                f"a layer stands more than {_NESTED} levels deep inside others",
                "put layers in a row instead",
            )
        self.allow(1)
        self.layers += 1

    def give(self, shape: Shape) -> None:
        """Count an array of this shape in, or raise LimitError."""
        count = size(shape)
        limit = _ADDRESSABLE if self.parameters_limit is None else self.parameters_limit
        if self.parameters + count > limit:
            raise LimitError(
                f"an array of shape {shape} brings the network to {self.parameters + count:,} "
                f"parameters, the limit is {limit:,}",
                "use fewer units, or let the caller raise the limit",
            )
        self.parameters += count

    def pass_on(self, shape: Shape) -> None:
        """Let a layer's output of this shape pass, or raise LimitError."""
        self._admit("an output", shape, 1)

    def spread_out(self, shape: Shape) -> None:
        """Let what a layer lays out between input and output pass, which may be four times as
        large as an output, or raise LimitError."""
        self._admit("an array in between", shape, 4)

    def _admit(self, what: str, shape: Shape, times: int) -> None:
        count = size(shape)
        limit = _ADDRESSABLE if self.values_limit is None else times * self.values_limit
        if count > limit:
            raise LimitError(
                f"{what} of shape {shape} has {count:,} values a sample, the limit is {limit:,}",
                "use a smaller shape, or let the caller raise the limit",
            )


@dataclass(frozen=True)
class Site:
    """Where one layer is built.

    `input_shape` is a sample's, without the batch axis. A *full* site fills arrays; a *dry* one gives
    their right shapes without memory, to check a network before it exists; an *empty* one gives
    arrays that somebody will fill, as loading does. Random numbers are addressed by the path.
    """

    input_shape: Shape
    path: str = ""
    input_dtype: np.dtype[Any] = field(default_factory=lambda: np.dtype(np.float32))
    dtype: np.dtype[Any] = field(default_factory=lambda: np.dtype(np.float32))
    seed: int = 0
    mode: Mode = "full"
    ledger: Ledger = field(default_factory=Ledger)
    _rng: list[np.random.Generator] = field(default_factory=list, repr=False)

    @property
    def rng(self) -> np.random.Generator:
        """The layer's stream of initial values: each array that it draws goes on in it."""
        if not self._rng:
            self._rng.append(stream(self.seed, Purpose.INITIAL, self.path))
        return self._rng[0]

    def draw(
        self,
        initializer: Initializer,
        shape: Shape,
        fans: tuple[int, int] | None = None,
        order: Literal["C", "F"] = "C",
    ) -> Array:
        """A parameter of this shape, drawn by the initializer, in the spec's dtype.

        `fans` counts (inputs of one output, outputs of one input); by default axis 0 is out, axis 1
        in, and the rest the receptive field. `order` is the order in memory.
        """
        if self.mode != "full":
            array = self._unfilled(shape, order)
            return array if self.mode == "dry" else self.ledger.store.keep(array)
        self.ledger.give(shape)
        fan_in, fan_out = fans or _fans(shape)
        try:
            values = initializer.draw(self.rng, shape, fan_in, fan_out)
            return self.ledger.store.keep(np.array(values, dtype=self.dtype, order=order))
        except MemoryError:
            raise _no_memory(shape) from None

    def full(self, shape: Shape, value: float, dtype: Any = None) -> Array:
        """An array of this shape with the same value everywhere, in the spec's dtype."""
        if self.mode != "full":
            return self._unfilled(shape, "C", dtype)
        self.ledger.give(shape)
        try:
            return np.full(shape, value, dtype=self.dtype if dtype is None else dtype)
        except MemoryError:
            raise _no_memory(shape) from None

    def _unfilled(self, shape: Shape, order: Literal["C", "F"], dtype: Any = None) -> Array:
        self.ledger.give(shape)
        kind = self.dtype if dtype is None else dtype
        if self.mode == "dry":
            return np.broadcast_to(np.zeros((), kind), shape)
        return np.empty(shape, kind, order=order)


def _no_memory(shape: Shape) -> LimitError:
    return LimitError(
        f"an array of shape {shape} does not fit into this machine's memory", "use fewer units"
    )


def _fans(shape: Shape) -> tuple[int, int]:
    if len(shape) < 2:
        return (size(shape), size(shape))
    field = size(shape[2:])
    return shape[1] * field, shape[0] * field
