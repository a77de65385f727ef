"""RNN: the plainest state, a dense layer of the input and of itself."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Program, Site, product

from .recurrent import Recurrent, RecurrentLayer

__all__ = ["RNN", "RNNLayer"]


class RNN(Recurrent):
    """h ← tanh(w_ih x + b_ih + w_hh h + b_hh), or with relu; h is 0 before the first step.

    `(N, steps, features)` to `(N, units)`, the last h, or with `return_sequence` to
    `(N, steps, units)`. Parameters: `weight_ih` `(units, features)`, `weight_hh` `(units, units)`,
    `bias_ih` and `bias_hh` `(units,)`. PyTorch's `RNN(batch_first=True)` of one layer, its initial
    values U(±1/√units) too. Elman, Finding structure in time, 1990.
    """

    formula: ClassVar[str] = "h ← tanh(w_ih x + b_ih + w_hh h + b_hh)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        *Recurrent.examples,
        {"units": 3, "nonlinearity": "relu", "return_sequence": True},
    )

    type: Literal["rnn"] = "rnn"
    nonlinearity: Literal["tanh", "relu"] = Field(
        default="tanh", description="what is applied to the sum"
    )

    def build(self, site: Site) -> RNNLayer:
        return RNNLayer(self, site)


class RNNLayer(RecurrentLayer[RNN]):
    """The running layer."""

    rows: ClassVar[int] = 1

    def run(self, seen: Array, h: Array) -> tuple[Array, ...]:
        weights = self.weights()
        for t, now in enumerate(seen):
            z = product(weights, now)
            if self.spec.nonlinearity == "tanh":
                np.tanh(z, out=h[t + 1])
            else:
                np.maximum(z, 0, out=h[t + 1])
        return ()

    def step_back(
        self, t: int, dh: Array, carry: Array | None, h: Array, kept: tuple[Array, ...]
    ) -> tuple[Array, Array, Array | None]:
        y = h[t + 1]
        delta = dh * (1 - np.square(y) if self.spec.nonlinearity == "tanh" else y > 0)
        return delta, delta, None

    def lower(self, program: Program) -> str:
        name = {"tanh": "Tanh", "relu": "Relu"}[self.spec.nonlinearity]
        return self.lowered(program, "RNN", [0], activations=[name])
