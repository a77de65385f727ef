"""Normalisation: features are centred and scaled by what the training part shows."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import (
    Array,
    DataError,
    Gradients,
    Layer,
    LayerSpec,
    Passes,
    Program,
    Site,
    SpecError,
    Tape,
)

__all__ = ["Normalization", "NormalizationLayer"]


class Normalization(LayerSpec):
    """y = (x − μ) / σ, with μ and σ of the training part: `(N, …, features)`, which it keeps.

    They are learned once, before the first step: for each feature of the last axis over samples and
    all other axes, or, with `per_feature` false, one for all values. σ² is the mean of (x − μ)². A
    feature that never changes becomes 0. State: `mean`, `deviation`, and whether it is `adapted`;
    until then y = x. Keras's `Normalization`, scikit-learn's `StandardScaler`.
    """

    formula: ClassVar[str] = "y = (x − μ) / σ"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"per_feature": False})

    type: Literal["normalization"] = "normalization"
    per_feature: bool = Field(default=True, description="one mean a feature, or one for all values")

    def build(self, site: Site) -> NormalizationLayer:
        return NormalizationLayer(self, site)


class NormalizationLayer(Layer[Normalization]):
    """The running layer. It keeps σ, not σ²: in float32 the square of 1e20 is infinite."""

    def __init__(self, spec: Normalization, site: Site) -> None:
        super().__init__(spec, site)
        if spec.per_feature and not site.input_shape:
            raise SpecError(
                "normalization takes (…, features), not ()",
                'give "input_shape" an axis, or write "per_feature": false',
            )
        shape = site.input_shape[-1:] if spec.per_feature else ()
        self.state["mean"] = site.full(shape, 0)
        self.state["deviation"] = site.full(shape, 1)
        self.state["adapted"] = site.full((), False, dtype=np.bool_)

    def forward(self, x: Array, tape: Tape) -> Array:
        return (x - self.state["mean"]) / self.state["deviation"]

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂x = Δ / σ."""
        if not tape.wants_input_gradient:
            return None, {}
        return grad / self.state["deviation"], {}

    def adapt(self, passes: Passes) -> None:
        """Learn μ and σ in one pass, once; DataError where no sample comes."""
        if self.state["adapted"]:
            return
        moments = _Moments()
        for x, _ in passes():
            moments.add(x.reshape(-1, *self.state["mean"].shape))
        if moments.count == 0:
            raise DataError(
                f"{self.path} has no sample to learn mean and deviation from",
                "give at least one training sample",
            )
        self.state["mean"][...] = moments.origin + moments.mean
        self.state["deviation"][...] = np.sqrt(moments.squares / moments.count)
        self.state["deviation"][self.state["deviation"] == 0] = 1
        self.state["adapted"][...] = True

    def lower(self, program: Program) -> str:
        centred = program.add("Sub", program.x, self.state["mean"])
        return program.add("Div", centred, self.state["deviation"])


class _Moments:
    """Mean and summed squares of rows, piece by piece, in float64.

    Each piece is measured by itself and joined to what was seen (Chan, Golub, LeVeque, 1979), and
    all is counted from the first row: so a large mean costs no digits, and what never changes has
    exactly no deviation.
    """

    def __init__(self) -> None:
        self.count = 0
        self.origin: Array | float = 0.0
        self.mean: Array | float = 0.0
        self.squares: Array | float = 0.0

    def add(self, rows: Array) -> None:
        if len(rows) == 0:
            return
        if self.count == 0:
            self.origin = rows[0].astype(np.float64)
        shifted = rows - self.origin
        mean = shifted.mean(axis=0)
        squares = np.square(shifted - mean).sum(axis=0)
        before, here = self.count, len(rows)
        self.count = before + here
        apart = mean - self.mean
        self.mean = self.mean + apart * (here / self.count)
        self.squares = self.squares + squares + apart**2 * (before * here / self.count)
