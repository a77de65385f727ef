"""Batch normalisation: each feature is centred and scaled by what the batch measures."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import (
    Array,
    Gradients,
    Initializer,
    Layer,
    LayerSpec,
    Program,
    Site,
    SpecError,
    Tape,
    sum_over,
)
from netspec.builtins.initializers.ones import Ones
from netspec.builtins.initializers.zeros import Zeros

__all__ = ["BatchNorm", "BatchNormLayer"]


class BatchNorm(LayerSpec):
    """y = w (x − μ) / √(σ² + ε) + b for each feature of the last axis: `(N, …, features)`.

    In training μ and σ² are the mean and the variance of the feature over all other axes, and the
    running ones follow: r ← (1 − momentum) r + momentum · measured, the variance unbiased,
    n / (n − 1). Otherwise the running ones are used. Parameters `weight` and `bias`, state
    `running_mean` and `running_var`, each `(features,)`; `trainable: false` freezes the parameters
    alone. One value for a feature has no variance: such a batch is refused in training.

    Ioffe and Szegedy, "Batch normalization", 2015; PyTorch's `BatchNorm1d`, channels last.
    """

    batch_independent: ClassVar[bool] = False
    formula: ClassVar[str] = "y = w (x − μ) / √(σ² + ε) + b"

    type: Literal["batch_norm"] = "batch_norm"
    epsilon: float = Field(default=1e-5, gt=0, description="what is added to the variance")
    momentum: float = Field(
        default=0.1, gt=0, le=1, description="the share of a batch in what runs"
    )
    weight_init: Initializer = Field(default=Ones(), description="what the weight starts from")
    bias_init: Initializer = Field(default=Zeros(), description="what the bias starts from")

    def build(self, site: Site) -> BatchNormLayer:
        return BatchNormLayer(self, site)


class BatchNormLayer(Layer[BatchNorm]):
    """The running layer. Mean and variance are summed in float64, whatever the spec's dtype."""

    def __init__(self, spec: BatchNorm, site: Site) -> None:
        super().__init__(spec, site)
        if not site.input_shape:
            raise SpecError("batch_norm takes (…, features), not ()", 'give "input_shape" an axis')
        features = site.input_shape[-1:]
        self.params["weight"] = site.draw(spec.weight_init, features, fans=(1, 1))
        self.params["bias"] = site.draw(spec.bias_init, features, fans=(1, 1))
        self.state["running_mean"] = site.full(features, 0)
        self.state["running_var"] = site.full(features, 1)
        if math.prod(site.input_shape[:-1]) == 1:
            self.least_batch = 2

    def forward(self, x: Array, tape: Tape) -> Array:
        measures = tape.training and x.size > 0
        mean, variance = self._measure(x, tape) if measures else self._running()
        inverse = (1 / np.sqrt(variance + self.spec.epsilon)).astype(x.dtype)
        normal = x - mean.astype(x.dtype)
        normal *= inverse
        tape.save(self, normal, inverse, measures)
        y = normal * self.params["weight"]
        y += self.params["bias"]
        return y

    def _running(self) -> tuple[Array, Array]:
        return self.state["running_mean"], self.state["running_var"]

    def _measure(self, x: Array, tape: Tape) -> tuple[Array, Array]:
        """The batch's mean and variance; the running ones are asked to follow."""
        rows = x.reshape(-1, x.shape[-1])
        mean = rows.mean(axis=0, dtype=np.float64)
        centred = rows - mean.astype(x.dtype)
        variance = np.square(centred, out=centred).mean(axis=0, dtype=np.float64)
        share, n = self.spec.momentum, len(rows)
        running_mean, running_var = self._running()
        tape.change(
            self,
            running_mean=(1 - share) * running_mean + share * mean,
            running_var=(1 - share) * running_var + share * variance * (n / max(n - 1, 1)),
        )
        return mean, variance

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂w = Σ Δ x̂, ∂b = Σ Δ, ∂x = w/√(σ² + ε) (Δ − ∂b/n − x̂ ∂w/n), with x̂ = (x − μ)/√(σ² + ε).

        Without the two means where the running statistics were used: they don't depend on x.
        """
        normal, inverse, measured = tape.load(self)
        axes = tuple(range(grad.ndim - 1))
        weight = sum_over(grad * normal, axes)
        bias = sum_over(grad, axes)
        gradients: Gradients = {"weight": weight, "bias": bias}
        if not tape.wants_input_gradient:
            return None, gradients
        scale = self.params["weight"] * inverse
        if not measured:
            return grad * scale, gradients
        n = math.prod(grad.shape[:-1])
        delta = normal * (weight / -n)
        delta += grad
        delta -= bias / n
        delta *= scale
        return delta, gradients

    def lower(self, program: Program) -> str:
        variance = self.state["running_var"]
        centred = program.add("Sub", program.x, self.state["running_mean"])
        normal = program.add("Div", centred, np.sqrt(variance + self.spec.epsilon))
        scaled = program.add("Mul", normal, self.params["weight"])
        return program.add("Add", scaled, self.params["bias"])
