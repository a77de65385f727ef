"""The bench that a layer is proved on: how it is built, what goes in, and one pass through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from netspec.arrays import Array, Gradients, Shape
from netspec.chain import Chain
from netspec.layer import Activation, Layer, LayerSpec
from netspec.site import Mode
from netspec.streams import Purpose, stream
from netspec.tape import Tape

__all__ = ["Bench", "Pass", "Samples", "arrays_of", "grid", "run", "upstream"]


class Pass(NamedTuple):
    """One pass forward and backward through a layer."""

    y: Array
    delta: Array | None
    gradients: Gradients
    tape: Tape


Samples = tuple[Array, Array]
"""Inputs, and their targets."""

_CLASSES = 5
"""The classes among the targets that a layer adapts to."""


@dataclass(frozen=True)
class Bench:
    """One layer to be proved: its spec, the shape of a sample, and the dtype of an integer input."""

    spec: LayerSpec
    shape: Shape
    integers: np.dtype[Any] | None = None
    batch: int = 5

    def build(self, dtype: Any = np.float64, mode: Mode = "full", *, adapted: bool = True) -> Layer:
        """The running layer, in a chain of its own; one that adapts has adapted."""
        given = self.integers or np.dtype(dtype)
        chain = Chain(self.shape, input_dtype=given, dtype=dtype, mode=mode)
        layer = chain.add(self.spec)
        if mode == "full" and adapted:
            self.adapt(layer, [self.samples(layer)])
        return layer

    def samples(self, layer: Layer, seed: int = 9) -> Samples:
        """Inputs and targets for a layer to adapt to: three batches, with samples of every class."""
        x = self.x(layer, 3 * max(self.batch, _CLASSES), seed)
        return x, np.arange(len(x), dtype=layer.output_dtype) % _CLASSES

    def adapt(self, layer: Layer, chunks: list[Samples]) -> None:
        """Let the layer adapt, if it does so, to samples that come in these chunks."""
        adapt = getattr(layer, "adapt", None)
        if adapt is not None:
            adapt(lambda: (chunk for chunk in chunks))

    def x(self, layer: Layer, rows: int, seed: int = 0) -> Array:
        """A batch: integers in the layer's range, or numbers that no two are alike."""
        shape = (rows, *layer.input_shape)
        if layer.input_dtype.kind == "f":
            spread = 7.0 if isinstance(self.spec, Activation) else 2.0
            return grid(shape, spread, seed).astype(layer.input_dtype)
        ranges = (each.index_range for each in layer.walk())
        taken = next((each for each in ranges if each is not None), range(4))
        rng = np.random.default_rng(seed)
        return rng.integers(taken.start, taken.stop, shape).astype(layer.input_dtype)

    def modes(self, layer: Layer, rows: int) -> Iterator[bool]:
        """Whether it trains: evaluation, and training where the batch is large enough."""
        yield False
        if rows >= max(1, layer.least_batch):
            yield True


def grid(shape: Shape, spread: float, seed: int = 0) -> Array:
    """Numbers between ±spread, evenly apart, shuffled: none is 0, and no two tie for a maximum."""
    count = int(np.prod(shape, dtype=int))
    values = spread * (2 * (np.arange(count) + 0.37) / max(1, count) - 1)
    return np.random.default_rng(seed).permutation(values).reshape(shape)


def run(
    layer: Layer, x: Array, *, training: bool, wanted: bool = True, grad: Array | None = None
) -> Pass:
    """Forward and backward, always in the same step of the same seed."""
    tape = Tape(training=training, keeps=True, wants_input_gradient=wanted, seed=3, step=7)
    y = layer.forward(x, tape)
    if grad is None:
        grad = upstream(y)
    return Pass(y, *layer.backward(grad, tape), tape)


def upstream(y: Array) -> Array:
    """A fixed ∂L/∂y."""
    return (
        stream(5, Purpose.PROBE)
        .normal(size=y.shape)
        .astype(y.dtype if y.dtype.kind == "f" else float)
    )


def arrays_of(layer: Layer) -> dict[str, Array]:
    """Parameters and state by name."""
    return {**layer.params, **layer.state}
