"""Sequential: layers in a row, as one layer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import Array, Chain, Composite, Gradients, LayerSpec, Many, Program, Site, Tape

__all__ = ["Sequential", "SequentialLayer"]


class Sequential(LayerSpec):
    """y = fₙ(… f₂(f₁(x))): what its layers make of the shape and the dtype that come in.

    With `repeat` the row is built so many times, one behind the other, each with arrays of its own:
    instead of `sequential_1.dense_1.weight` there is `sequential_1.block_2.dense_1.weight`.
    """

    accepts: ClassVar[str] = "fiub"
    formula: ClassVar[str] = "y = fₙ(… f₂(f₁(x)))"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"layers": ["tanh"], "repeat": 2},)

    type: Literal["sequential"] = "sequential"
    layers: Many[LayerSpec] = Field(description="the layers, first to last")
    repeat: int = Field(default=1, gt=0, description="how many times the row is built")

    def build(self, site: Site) -> SequentialLayer:
        return SequentialLayer(self, site)


class SequentialLayer(Composite[Sequential]):
    """The running layer: a chain, or one for each repetition."""

    def __init__(self, spec: Sequential, site: Site) -> None:
        super().__init__(spec, site)
        site.ledger.allow(spec.repeat * len(spec.layers))
        blocks = []
        for n in range(1, spec.repeat + 1):
            part = f"block_{n}" if spec.repeat > 1 else ""
            block = Chain.inside(site, spec.layers, part=part)
            site = replace(site, input_shape=block.output_shape, input_dtype=block.output_dtype)
            blocks.append(block)
        self.hold(*blocks)
        self.output_shape = block.output_shape
        self.output_dtype = block.output_dtype

    def forward(self, x: Array, tape: Tape) -> Array:
        for block in self.chains().values():
            x = block.forward(x, tape)
        return x

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """Block after block, tail to head."""
        wanted = tape.wants_input_gradient
        blocks = list(self.chains().items())
        gradients: Gradients = {}
        delta: Array | None = grad
        for at in reversed(range(len(blocks))):
            part, block = blocks[at]
            tape.wants_input_gradient = wanted or at > 0
            assert delta is not None
            delta, inner = block.pull(delta, tape)
            gradients |= {f"{part}.{key}" if part else key: each for key, each in inner.items()}
        tape.wants_input_gradient = wanted
        return delta, gradients

    def lower(self, program: Program) -> str:
        x = program.x
        for block in self.chains().values():
            x = program.run(block, x)
        return x
