"""RMS normalisation: the features of a sample are scaled by their root mean square."""

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
from netspec.builtins.stable import row_sum

__all__ = ["RMSNorm", "RMSNormLayer"]


class RMSNorm(LayerSpec):
    """y = w x / √(mean x² + ε), over the last `axes` axes: `(N, …, features)`, which it keeps.

    Layer normalisation without the mean. Parameter `weight`, of the shape of the axes that are
    normalised. Where `epsilon` is left out it is the dtype's own, the distance from 1 to the next
    number, as in PyTorch's `RMSNorm`. Zhang and Sennrich, Root mean square layer normalization, 2019.
    """

    formula: ClassVar[str] = "y = w x / √(mean x² + ε)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {},
        {"axes": 2, "epsilon": 0.1},
        {"use_weight": False},
    )
    example_shape: ClassVar[Shape] = (3, 4)

    type: Literal["rms_norm"] = "rms_norm"
    axes: int = Field(default=1, gt=0, description="how many of the last axes are one row")
    epsilon: float | None = Field(
        default=None, gt=0, description="what is added to the mean square; none: the dtype's own"
    )
    use_weight: bool = Field(default=True, description="whether there is a weight")
    weight_init: Initializer = Field(default=Ones(), description="what the weight starts from")

    def build(self, site: Site) -> RMSNormLayer:
        return RMSNormLayer(self, site)


class RMSNormLayer(Layer[RMSNorm]):
    """The running layer, which sees rows `(rows, features)`."""

    def __init__(self, spec: RMSNorm, site: Site) -> None:
        super().__init__(spec, site)
        if spec.axes > len(site.input_shape):
            raise SpecError(
                f"rms_norm is over the last {spec.axes} axes, and {site.input_shape} comes in",
                f'give "axes" from 1 to {len(site.input_shape)}'
                if site.input_shape
                else 'give "input_shape" an axis',
            )
        features = site.input_shape[-spec.axes :]
        self._features = math.prod(features)
        self._epsilon = float(np.finfo(site.dtype).eps) if spec.epsilon is None else spec.epsilon
        if spec.use_weight:
            self.params["weight"] = site.draw(spec.weight_init, features, fans=(1, 1))

    def forward(self, x: Array, tape: Tape) -> Array:
        rows = x.reshape(-1, self._features)
        inverse = 1 / np.sqrt(row_sum(np.square(rows)) / self._features + self._epsilon)
        normal = rows * inverse
        tape.save(self, normal, inverse)
        if self.spec.use_weight:
            normal = normal * self.params["weight"].reshape(-1)
        return normal.reshape(x.shape)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂w = Σ Δ x̂, ∂x = (d − x̂ mean(d x̂)) / √(mean x² + ε), with d = w Δ."""
        normal, inverse = tape.load(self)
        rows = grad.reshape(normal.shape)
        gradients: Gradients = {}
        if self.spec.use_weight:
            weight = self.params["weight"]
            gradients["weight"] = sum_over(rows * normal, (0,)).reshape(weight.shape)
            rows = rows * weight.reshape(-1)
        if not tape.wants_input_gradient:
            return None, gradients
        delta = normal * (row_sum(rows * normal) / -self._features)
        delta += rows
        delta *= inverse
        return delta.reshape(grad.shape), gradients

    def lower(self, program: Program) -> str:
        x, axes = program.x, range(-self.spec.axes, 0)
        square = program.mean(program.add("Mul", x, x), axes)
        y = program.add("Div", x, program.add("Sqrt", program.add("Add", square, self._epsilon)))
        return program.add("Mul", y, self.params["weight"]) if self.spec.use_weight else y
