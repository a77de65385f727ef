"""Embedding: each integer stands for a learned vector."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import (
    Array,
    Gradients,
    Initializer,
    Layer,
    LayerSpec,
    Program,
    Regularizer,
    Rows,
    Site,
    Tape,
)
from netspec.builtins.initializers.normal import Normal

__all__ = ["Embedding", "EmbeddingLayer"]


class Embedding(LayerSpec):
    """y = W[x]: integers `(N, …)` from 0 to `vocabulary` − 1 become vectors `(N, …, dimension)`.

    Parameter: `weight` `(vocabulary, dimension)`, at first normal with deviation 1 as in PyTorch's
    `Embedding`. Its gradient holds only the rows that were asked for. An integer has no gradient:
    where one is wanted, it is 0.
    """

    accepts: ClassVar[str] = "iu"
    differentiable: ClassVar[bool] = False
    formula: ClassVar[str] = "y = W[x]"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"vocabulary": 6, "dimension": 3},)

    type: Literal["embedding"] = "embedding"
    vocabulary: int = Field(gt=0, description="how many integers there are")
    dimension: int = Field(gt=0, description="the length of a vector")
    weight_init: Initializer = Field(default=Normal(), description="what the vectors start from")
    weight_regularizer: Regularizer | None = Field(default=None, description="the vectors' penalty")

    def build(self, site: Site) -> EmbeddingLayer:
        return EmbeddingLayer(self, site)


class EmbeddingLayer(Layer[Embedding]):
    """The running layer."""

    def __init__(self, spec: Embedding, site: Site) -> None:
        super().__init__(spec, site)
        self.index_range = range(spec.vocabulary)
        self.output_shape = (*site.input_shape, spec.dimension)
        self.params["weight"] = site.draw(spec.weight_init, (spec.vocabulary, spec.dimension))
        if spec.weight_regularizer:
            self.penalties["weight"] = spec.weight_regularizer

    def forward(self, x: Array, tape: Tape) -> Array:
        tape.save(self, x)
        return self.params["weight"][x]

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂W gains Δ in the rows x."""
        (x,) = tape.load(self)
        weight = self.params["weight"]
        rows = Rows(x.reshape(-1), grad.reshape(-1, self.spec.dimension), weight.shape)
        delta = np.zeros(x.shape, grad.dtype) if tape.wants_input_gradient else None
        return delta, {"weight": rows}

    def lower(self, program: Program) -> str:
        # Gather takes no integer of 8 bits.
        x = program.cast(program.x, np.int64)
        return program.add("Gather", self.params["weight"], x, axis=0)
