"""The dense layer: every output is a weighted sum of every input."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import (
    Activation,
    Array,
    Gradients,
    Initializer,
    Layer,
    LayerSpec,
    Product,
    Program,
    Regularizer,
    Site,
    SpecError,
    Tape,
    column_sums,
    product,
)
from netspec.builtins.initializers.fan_in_uniform import FanInUniform

__all__ = ["Dense", "DenseLayer"]


class Dense(LayerSpec):
    """y = x Wᵀ + b, over the last axis: `(N, …, inputs)` to `(N, …, units)`.

    Parameters: `weight` `(units, inputs)` and `bias` `(units,)`, as in PyTorch's `Linear`, with its
    initial values, U(±1/√inputs) for both. `activation` stands for a layer of its own, behind this.
    """

    formula: ClassVar[str] = "y = x Wᵀ + b"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"units": 3}, {"units": 2, "use_bias": False})

    type: Literal["dense"] = "dense"
    units: int = Field(gt=0, description="the number of outputs")
    activation: Activation | None = Field(
        default=None, description="a layer of its own, behind this"
    )
    use_bias: bool = Field(default=True, description="whether there is a bias")
    weight_init: Initializer = Field(
        default=FanInUniform(), description="what the weights start from"
    )
    bias_init: Initializer = Field(default=FanInUniform(), description="what the biases start from")
    weight_regularizer: Regularizer | None = Field(default=None, description="the weights' penalty")
    bias_regularizer: Regularizer | None = Field(default=None, description="the biases' penalty")

    def build(self, site: Site) -> DenseLayer:
        return DenseLayer(self, site)


class DenseLayer(Layer[Dense]):
    """The running layer. Its weight lies in memory transposed, so that x Wᵀ reads it in order."""

    def __init__(self, spec: Dense, site: Site) -> None:
        super().__init__(spec, site)
        if not site.input_shape:
            raise SpecError("dense takes (features,), not ()", 'give "input_shape" an axis')
        *positions, inputs = site.input_shape
        self.output_shape = (*positions, spec.units)
        fans = (inputs, spec.units)
        weight_shape = (spec.units, inputs)
        self.params["weight"] = site.draw(spec.weight_init, weight_shape, fans, order="F")
        if spec.use_bias:
            self.params["bias"] = site.draw(spec.bias_init, (spec.units,), fans)
        if spec.weight_regularizer:
            self.penalties["weight"] = spec.weight_regularizer
        if spec.bias_regularizer and spec.use_bias:
            self.penalties["bias"] = spec.bias_regularizer

    def forward(self, x: Array, tape: Tape) -> Array:
        """y = x Wᵀ + b."""
        tape.save(self, x)
        params = self.params
        y = product(x, params["weight"].T)
        if "bias" in params:
            y += params["bias"]
        return y

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂x = Δ W, ∂W = Δᵀ x, ∂b = Σ Δ over the samples."""
        (x,) = tape.load(self)
        wide = grad
        if grad.ndim != 2:
            wide, x = grad.reshape(-1, grad.shape[-1]), x.reshape(-1, x.shape[-1])
        gradients: Gradients = {"weight": Product(wide.T, x)}
        if "bias" in self.params:
            gradients["bias"] = column_sums(wide)
        if not tape.wants_input_gradient:
            return None, gradients
        return product(grad, self.params["weight"]), gradients

    def lower(self, program: Program) -> str:
        y = program.add("MatMul", program.x, self.params["weight"].T)
        return program.add("Add", y, self.params["bias"]) if self.spec.use_bias else y
