"""Dropout: in training, each value is dropped by chance."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Gradients, Layer, LayerSpec, Program, Site, Tape

__all__ = ["Dropout", "DropoutLayer"]


class Dropout(LayerSpec):
    """y = m x / (1 − rate) in training, y = x otherwise: any shape, which it keeps.

    The mask m holds 0 with probability `rate`, else 1, for each value by itself, so that the mean
    stays what it was. A step's mask is the same whenever the step is run again. Srivastava et al.,
    "Dropout: a simple way to prevent neural networks from overfitting", 2014; PyTorch's `Dropout`.
    """

    formula: ClassVar[str] = "y = m x / (1 − rate), m ~ Bernoulli(1 − rate)"

    type: Literal["dropout"] = "dropout"
    rate: float = Field(
        default=0.5, ge=0, le=1, description="the probability of a value to be dropped"
    )

    def build(self, site: Site) -> DropoutLayer:
        return DropoutLayer(self, site)


class DropoutLayer(Layer[Dropout]):
    """The running layer. What it leaves on the tape is the scaled mask, or None where all stay."""

    def forward(self, x: Array, tape: Tape) -> Array:
        mask = self._mask(x, tape) if tape.training and self.spec.rate > 0 else None
        tape.save(self, mask)
        return x if mask is None else x * mask

    def _mask(self, x: Array, tape: Tape) -> Array:
        """0 where a value is dropped, 1 / (1 − rate) where it stays."""
        rate = self.spec.rate
        if rate == 1:
            return np.zeros_like(x)
        stays = tape.rng(self).random(x.shape, np.float32) >= rate
        return np.multiply(stays, 1 / (1 - rate), dtype=x.dtype)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂x = m Δ / (1 − rate)."""
        (mask,) = tape.load(self)
        if not tape.wants_input_gradient:
            return None, {}
        return grad if mask is None else grad * mask, {}

    def lower(self, program: Program) -> str:
        """In evaluation nothing happens."""
        return program.x
