"""Layer normalisation: the features of a sample are centred and scaled by their own spread."""

from __future__ import annotations

import math
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
    Shape,
    Site,
    SpecError,
    Tape,
    sum_over,
)
from netspec.builtins.initializers.ones import Ones
from netspec.builtins.initializers.zeros import Zeros
from netspec.builtins.stable import row_sum

__all__ = ["LayerNorm", "LayerNormLayer"]


class LayerNorm(LayerSpec):
    """y = w (x − μ) / √(σ² + ε) + b, over the last `axes` axes: `(N, …, features)`, which it keeps.

    μ and σ² are the mean and the variance of each row of features, so that a sample's output depends
    on itself alone. Parameters `weight` and `bias`, of the shape of the axes that are normalised.

    Ba, Kiros and Hinton, Layer normalization, 2016; PyTorch's `LayerNorm`.
    """

    formula: ClassVar[str] = "y = w (x − μ) / √(σ² + ε) + b"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {},
        {"axes": 2, "use_bias": False},
        {"use_weight": False},
    )
    example_shape: ClassVar[Shape] = (3, 4)

    type: Literal["layer_norm"] = "layer_norm"
    axes: int = Field(default=1, gt=0, description="how many of the last axes are one row")
    epsilon: float = Field(default=1e-5, gt=0, description="what is added to the variance")
    use_weight: bool = Field(default=True, description="whether there is a weight")
    use_bias: bool = Field(default=True, description="whether there is a bias")
    weight_init: Initializer = Field(default=Ones(), description="what the weight starts from")
    bias_init: Initializer = Field(default=Zeros(), description="what the bias starts from")

    def build(self, site: Site) -> LayerNormLayer:
        return LayerNormLayer(self, site)


class LayerNormLayer(Layer[LayerNorm]):
    """The running layer, which sees rows `(rows, features)`."""

    def __init__(self, spec: LayerNorm, site: Site) -> None:
        super().__init__(spec, site)
        if spec.axes > len(site.input_shape):
            raise SpecError(
                f"layer_norm is over the last {spec.axes} axes, and {site.input_shape} comes in",
                f'give "axes" from 1 to {len(site.input_shape)}'
                if site.input_shape
                else 'give "input_shape" an axis',
            )
        features = site.input_shape[-spec.axes :]
        self._features = math.prod(features)
        if spec.use_weight:
            self.params["weight"] = site.draw(spec.weight_init, features, fans=(1, 1))
        if spec.use_bias:
            self.params["bias"] = site.draw(spec.bias_init, features, fans=(1, 1))

    def forward(self, x: Array, tape: Tape) -> Array:
        rows = x.reshape(-1, self._features)
        normal = rows - row_sum(rows) / self._features
        variance = row_sum(np.square(normal)) / self._features
        inverse = 1 / np.sqrt(variance + self.spec.epsilon)
        normal *= inverse
        tape.save(self, normal, inverse)
        y = normal
        if self.spec.use_weight:
            y = normal * self.params["weight"].reshape(-1)
        if self.spec.use_bias:
            y = y + self.params["bias"].reshape(-1)
        return y.reshape(x.shape)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂w = Σ Δ x̂, ∂b = Σ Δ, ∂x = (d − mean d − x̂ mean(d x̂)) / √(σ² + ε), with d = w Δ."""
        normal, inverse = tape.load(self)
        rows = grad.reshape(normal.shape)
        gradients: Gradients = {}
        if self.spec.use_weight:
            weight = self.params["weight"]
            gradients["weight"] = sum_over(rows * normal, (0,)).reshape(weight.shape)
            rows = rows * weight.reshape(-1)
        if self.spec.use_bias:
            bias = sum_over(grad.reshape(normal.shape), (0,))
            gradients["bias"] = bias.reshape(self.params["bias"].shape)
        if not tape.wants_input_gradient:
            return None, gradients
        delta = normal * (row_sum(rows * normal) / -self._features)
        delta += rows
        delta -= row_sum(rows) / self._features
        delta *= inverse
        return delta.reshape(grad.shape), gradients

    def lower(self, program: Program) -> str:
        axes = range(-self.spec.axes, 0)
        y = program.add("Sub", program.x, program.mean(program.x, axes))
        variance = program.mean(program.add("Mul", y, y), axes)
        y = program.add(
            "Div", y, program.add("Sqrt", program.add("Add", variance, self.spec.epsilon))
        )
        if self.spec.use_weight:
            y = program.add("Mul", y, self.params["weight"])
        return program.add("Add", y, self.params["bias"]) if self.spec.use_bias else y
