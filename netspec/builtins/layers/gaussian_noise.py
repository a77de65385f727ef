"""Gaussian noise: in training, every value is shaken a little."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Gradients, Layer, LayerSpec, Program, Site, Tape

__all__ = ["GaussianNoise", "GaussianNoiseLayer"]


class GaussianNoise(LayerSpec):
    """y = x + e in training with e from N(0, std²), y = x otherwise: any shape, which it keeps.

    At the head it makes every picture a new one in every epoch. A step's noise is the same whenever
    the step is run again. Keras's `GaussianNoise`. Bishop, Training with noise is equivalent to
    Tikhonov regularization, 1995.
    """

    formula: ClassVar[str] = "y = x + e, e ~ N(0, std²)"

    type: Literal["gaussian_noise"] = "gaussian_noise"
    std: float = Field(default=0.1, ge=0, description="the standard deviation of the noise")

    def build(self, site: Site) -> GaussianNoiseLayer:
        return GaussianNoiseLayer(self, site)


class GaussianNoiseLayer(Layer[GaussianNoise]):
    """The running layer."""

    def forward(self, x: Array, tape: Tape) -> Array:
        if not tape.training or self.spec.std == 0:
            return x
        y = tape.rng(self).standard_normal(x.shape, np.float32).astype(x.dtype, copy=False)
        y *= self.spec.std
        y += x
        return y

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂x = Δ."""
        return grad, {}

    def lower(self, program: Program) -> str:
        """In evaluation nothing happens."""
        return program.x
