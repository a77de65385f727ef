"""PReLU: a leaky ReLU that learns its slope."""

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
    Site,
    SpecError,
    Tape,
    sum_over,
)
from netspec.builtins.initializers.constant import Constant

__all__ = ["PReLU", "PReLULayer"]


class PReLU(LayerSpec):
    """y = x where x is positive, w x elsewhere: `(N, …, features)`, which it keeps.

    Parameter `weight`, `(1,)`: one slope for all values; or with `per_feature` `(features,)`, one
    for each feature of the last axis. PyTorch's `PReLU`, whose features stand in axis 1. He, Zhang,
    Ren and Sun, Delving deep into rectifiers, 2015.
    """

    formula: ClassVar[str] = "y = max(0, x) + w min(0, x)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"per_feature": True})

    type: Literal["prelu"] = "prelu"
    per_feature: bool = Field(
        default=False, description="one slope a feature, or one for all values"
    )
    weight_init: Initializer = Field(
        default=Constant(value=0.25), description="what the slopes start from"
    )
    weight_regularizer: Regularizer | None = Field(default=None, description="the slopes' penalty")

    def build(self, site: Site) -> PReLULayer:
        return PReLULayer(self, site)


class PReLULayer(Layer[PReLU]):
    """The running layer."""

    def __init__(self, spec: PReLU, site: Site) -> None:
        super().__init__(spec, site)
        if spec.per_feature and not site.input_shape:
            raise SpecError(
                "prelu takes (…, features), not ()",
                'give "input_shape" an axis, or leave out "per_feature"',
            )
        shape = site.input_shape[-1:] if spec.per_feature else (1,)
        self.params["weight"] = site.draw(spec.weight_init, shape, fans=(1, 1))
        if spec.weight_regularizer:
            self.penalties["weight"] = spec.weight_regularizer

    def forward(self, x: Array, tape: Tape) -> Array:
        tape.save(self, x)
        y = np.minimum(x, 0)
        y *= self._slopes()
        y += np.maximum(x, 0)
        return y

    def _slopes(self) -> Array:
        """The slopes, in a shape that goes with a sample without axes too."""
        weight = self.params["weight"]
        return weight if self.spec.per_feature else weight.reshape(())

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂w = Σ Δ min(0, x), ∂x = Δ where x is positive, w Δ elsewhere."""
        (x,) = tape.load(self)
        by_slope = grad * np.minimum(x, 0)
        axes = tuple(range(grad.ndim - 1 if self.spec.per_feature else grad.ndim))
        gradients: Gradients = {"weight": sum_over(by_slope, axes).reshape(-1)}
        if not tape.wants_input_gradient:
            return None, gradients
        return np.where(x > 0, grad, grad * self._slopes()), gradients

    def lower(self, program: Program) -> str:
        low = program.add("Mul", program.add("Min", program.x, 0.0), self._slopes())
        return program.add("Add", program.add("Max", program.x, 0.0), low)
