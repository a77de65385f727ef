"""Positional encoding: every position adds a pattern of its own."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import (
    Array,
    Gradients,
    Initializer,
    Layer,
    LayerSpec,
    Normal,
    Program,
    Shape,
    Site,
    Tape,
)

from .sequences import check_sequence

__all__ = ["PositionalEncoding", "PositionalEncodingLayer", "sinusoids"]


class PositionalEncoding(LayerSpec):
    """y = x + t, over `(N, length, features)`, with a table t `(length, features)`.

    t is fixed, sines and cosines of ever longer waves:
    t[p, 2i] = sin(p / 10000^(2i / features)), t[p, 2i + 1] = cos(p / 10000^(2i / features)),
    or `learned`: then it is the parameter `weight`, at first normal with deviation 0.02, as BERT's.

    Vaswani and others, Attention is all you need, 2017, section 3.5.
    """

    formula: ClassVar[str] = "y = x + t"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"learned": True})
    example_shape: ClassVar[Shape] = (5, 3)

    type: Literal["positional_encoding"] = "positional_encoding"
    learned: bool = Field(default=False, description="whether the table is a parameter")
    weight_init: Initializer = Field(
        default=Normal(std=0.02), description="what a learned table starts from"
    )

    def build(self, site: Site) -> PositionalEncodingLayer:
        return PositionalEncodingLayer(self, site)


class PositionalEncodingLayer(Layer[PositionalEncoding]):
    """The running layer."""

    def __init__(self, spec: PositionalEncoding, site: Site) -> None:
        super().__init__(spec, site)
        shape = check_sequence(site, spec.type)
        if spec.learned:
            self.params["weight"] = site.draw(spec.weight_init, shape)

    def forward(self, x: Array, tape: Tape) -> Array:
        return x + self._table(x.dtype)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂x = Δ, and ∂t = Σ Δ over the samples."""
        gradients: Gradients = {}
        if self.spec.learned:
            gradients["weight"] = np.add.reduce(grad, axis=0)
        return grad, gradients

    def lower(self, program: Program) -> str:
        return program.add("Add", program.x, self._table(program.dtype))

    def _table(self, dtype: np.dtype[Any]) -> Array:
        return self.params["weight"] if self.spec.learned else sinusoids(*self.input_shape, dtype)


@lru_cache(maxsize=16)
def sinusoids(length: int, features: int, dtype: np.dtype[Any]) -> Array:
    """The fixed table: sines in the even columns, cosines in the odd ones."""
    waves = 10000.0 ** (-np.arange(0, features, 2) / features)
    angles = np.arange(length)[:, None] * waves
    table = np.empty((length, features), dtype)
    table[:, ::2] = np.sin(angles)
    table[:, 1::2] = np.cos(angles[:, : features // 2])
    table.flags.writeable = False
    return table
