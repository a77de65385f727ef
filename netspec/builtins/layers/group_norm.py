"""Group normalisation: groups of a sample's features are centred and scaled by their own spread."""

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

__all__ = ["GroupNorm", "GroupNormLayer"]


class GroupNorm(LayerSpec):
    """y = w (x − μ) / √(σ² + ε) + b, μ and σ² over each group: `(N, …, features)`, which it keeps.

    The features of the last axis are split in order into `groups` of equal size; a group's mean and
    variance are over its features and all positions of one sample. Parameters `weight` and `bias`,
    `(features,)`. One group is layer normalisation over all axes, as many groups as features
    instance normalisation.

    Wu and He, Group normalization, 2018; PyTorch's `GroupNorm`, features last.
    """

    formula: ClassVar[str] = "y = w (x − μ) / √(σ² + ε) + b"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"groups": 2},)
    example_shape: ClassVar[Shape] = (3, 4)

    type: Literal["group_norm"] = "group_norm"
    groups: int = Field(gt=0, description="into how many groups the features are split")
    epsilon: float = Field(default=1e-5, gt=0, description="what is added to the variance")
    weight_init: Initializer = Field(default=Ones(), description="what the weight starts from")
    bias_init: Initializer = Field(default=Zeros(), description="what the bias starts from")

    def build(self, site: Site) -> GroupNormLayer:
        return GroupNormLayer(self, site)


class GroupNormLayer(Layer[GroupNorm]):
    """The running layer, which sees `(N, positions, groups, features of a group)`."""

    def __init__(self, spec: GroupNorm, site: Site) -> None:
        super().__init__(spec, site)
        if not site.input_shape or site.input_shape[-1] % spec.groups:
            raise SpecError(
                f"the features of {site.input_shape} are not {spec.groups} groups of equal size",
                f"let the last axis be a multiple of {spec.groups}",
                path=("groups",),
            )
        *positions, features = site.input_shape
        self._grouped = (math.prod(positions), spec.groups, features // spec.groups)
        self.params["weight"] = site.draw(spec.weight_init, (features,), fans=(1, 1))
        self.params["bias"] = site.draw(spec.bias_init, (features,), fans=(1, 1))

    def forward(self, x: Array, tape: Tape) -> Array:
        grouped = x.reshape(len(x), *self._grouped)
        normal = grouped - _mean(grouped)
        inverse = 1 / np.sqrt(_mean(np.square(normal)) + self.spec.epsilon)
        normal *= inverse
        tape.save(self, normal, inverse)
        y = normal.reshape(x.shape) * self.params["weight"]
        y += self.params["bias"]
        return y

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂w = Σ Δ x̂, ∂b = Σ Δ, ∂x = (d − mean d − x̂ mean(d x̂)) / √(σ² + ε), with d = w Δ."""
        normal, inverse = tape.load(self)
        axes = tuple(range(grad.ndim - 1))
        gradients: Gradients = {
            "weight": sum_over(grad * normal.reshape(grad.shape), axes),
            "bias": sum_over(grad, axes),
        }
        if not tape.wants_input_gradient:
            return None, gradients
        delta = (grad * self.params["weight"]).reshape(normal.shape)
        by_spread = normal * _mean(delta * normal)
        delta -= _mean(delta)
        delta -= by_spread
        delta *= inverse
        return delta.reshape(grad.shape), gradients

    def lower(self, program: Program) -> str:
        grouped = program.reshape(program.x, self._grouped)
        y = program.add("Sub", grouped, program.mean(grouped, (1, 3)))
        variance = program.mean(program.add("Mul", y, y), (1, 3))
        y = program.add(
            "Div", y, program.add("Sqrt", program.add("Add", variance, self.spec.epsilon))
        )
        y = program.reshape(y, self.output_shape)
        y = program.add("Mul", y, self.params["weight"])
        return program.add("Add", y, self.params["bias"])


def _mean(grouped: Array) -> Array:
    """The mean of each group of each sample, over its positions and features."""
    _, positions, _, features = grouped.shape
    return sum_over(grouped, (1, 3), keepdims=True) / (positions * features)
