"""Bidirectional: a sequence read from both ends."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import (
    Array,
    Chain,
    Composite,
    Gradients,
    LayerSpec,
    Many,
    Program,
    Shape,
    Site,
    SpecError,
    Tape,
)

__all__ = ["Bidirectional", "BidirectionalLayer"]


class Bidirectional(LayerSpec):
    """y = (f(x), b(x backwards)) side by side: `layers` are built twice, for f and for b.

    Where `layers` give a sequence, b's is turned round again, so that each step of y stands for the
    same step of x; where they give one vector, it is what each has read at its own end. Arrays stand
    under `bidirectional_1.forward.lstm_1.weight_ih` and `bidirectional_1.backward.…`. With one
    recurrent layer inside, PyTorch's `bidirectional=True`. Schuster and Paliwal, Bidirectional
    recurrent neural networks, 1997.
    """

    formula: ClassVar[str] = "y = (f(x), b(x backwards))"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"layers": [{"type": "lstm", "units": 2}]},
        {"layers": [{"type": "gru", "units": 3, "return_sequence": True}, "tanh"]},
    )
    example_shape: ClassVar[Shape] = (5, 2)

    type: Literal["bidirectional"] = "bidirectional"
    layers: Many[LayerSpec] = Field(description="the layers that read, first to last")

    def build(self, site: Site) -> BidirectionalLayer:
        return BidirectionalLayer(self, site)


class BidirectionalLayer(Composite[Bidirectional]):
    """The running layer: a chain for each direction."""

    def __init__(self, spec: Bidirectional, site: Site) -> None:
        super().__init__(spec, site)
        if len(site.input_shape) != 2:
            raise SpecError(
                f"bidirectional takes sequences, (steps, features), not {site.input_shape}",
                'put a "reshape" before it' if site.input_shape else 'give "input_shape" two axes',
            )
        self.there = Chain.inside(site, spec.layers, "layers", "forward")
        self.back = Chain.inside(site, spec.layers, "layers", "backward")
        self.hold(self.there, self.back)
        shape = self.there.output_shape
        if not shape:
            raise SpecError(
                "the layers give one value, (), which has no side",
                "let them give a vector, (features,), or a sequence, (steps, features)",
                path=("layers",),
            )
        if len(shape) == 2 and shape[0] != site.input_shape[0]:
            raise SpecError(
                f"the layers make {shape[0]} steps of {site.input_shape[0]}",
                "both directions meet step by step: keep their number, or give one vector",
                path=("layers",),
            )
        self.output_shape = (*shape[:-1], 2 * shape[-1])
        self.output_dtype = self.there.output_dtype

    def forward(self, x: Array, tape: Tape) -> Array:
        there = self.there.forward(x, tape)
        back = self._turned(self.back.forward(x[:, ::-1], tape))
        return np.concatenate([there, back], axis=-1)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂x is what comes back from f, and from b turned round."""
        half = grad.shape[-1] // 2
        there, gradients = self.there.pull(grad[..., :half], tape)
        back, others = self.back.pull(self._turned(grad[..., half:]), tape)
        named = {f"forward.{key}": each for key, each in gradients.items()}
        named |= {f"backward.{key}": each for key, each in others.items()}
        if there is None or back is None:
            return None, named
        return there + back[:, ::-1], named

    def _turned(self, y: Array) -> Array:
        """A sequence turned round; a vector as it is."""
        return y[:, ::-1] if y.ndim == 3 else y

    def lower(self, program: Program) -> str:
        x = program.x
        there = program.run(self.there, x)
        back = program.run(self.back, self._backwards(program, x))
        if len(self.output_shape) == 2:
            back = self._backwards(program, back)
        return program.add("Concat", there, back, axis=-1)

    def _backwards(self, program: Program, x: str) -> str:
        return program.add("Gather", x, np.arange(self.input_shape[0])[::-1].copy(), axis=1)
