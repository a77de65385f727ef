"""Class averages: the weights of a neuron are what the samples of its class look like on average."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import (
    Array,
    DataError,
    Gradients,
    Initializer,
    Layer,
    LayerSpec,
    Many,
    Passes,
    Product,
    Program,
    Site,
    SpecError,
    Tape,
    column_sums,
    product,
)
from netspec.builtins.initializers.zeros import Zeros

__all__ = ["ClassAverage", "ClassAverageLayer"]


class ClassAverage(LayerSpec):
    """y = x Wᵀ + b: each neuron's weights are the average of the training inputs of one class.

    From `(N, inputs)` to `(N, classes)`, in the order of `classes`. A class is an index, or the
    place of the largest value where targets are one-hot; of a yes or no, 1 is yes. Before the first
    step the layer adapts: row k of `weight` `(classes, inputs)` becomes the mean of the inputs of
    class k; until then it is 0. `bias` `(classes,)` begins as `bias_init` says. Both are parameters:
    training goes on from the averages, unless `trainable` is false. State: whether it is `adapted`.
    The method is template matching; Duda and Hart, "Pattern Classification and Scene Analysis"
    (1973).
    """

    formula: ClassVar[str] = "y = x Wᵀ + b, row k of W the average input of class k"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"classes": [0, 1, 2]})

    type: Literal["class_average"] = "class_average"
    classes: Many[Annotated[int, Field(ge=0)]] = Field(
        default=(1,), min_length=1, description="the class that each neuron answers to"
    )
    bias_init: Initializer = Field(default=Zeros(), description="what the bias starts from")

    def build(self, site: Site) -> ClassAverageLayer:
        return ClassAverageLayer(self, site)


class ClassAverageLayer(Layer[ClassAverage]):
    """The running layer; once adapted, it is a dense layer."""

    def __init__(self, spec: ClassAverage, site: Site) -> None:
        super().__init__(spec, site)
        if len(site.input_shape) != 1:
            raise SpecError(
                f"class_average takes (features,), not {site.input_shape}",
                '"flatten" makes a vector of a sample',
            )
        units, inputs = len(spec.classes), site.input_shape[0]
        self.output_shape = (units,)
        self.params["weight"] = site.full((units, inputs), 0)
        self.params["bias"] = site.draw(spec.bias_init, (units,), (inputs, units))
        self.state["adapted"] = site.full((), False, dtype=np.bool_)

    def forward(self, x: Array, tape: Tape) -> Array:
        """y = x Wᵀ + b."""
        tape.save(self, x)
        y = product(x, self.params["weight"].T)
        y += self.params["bias"]
        return y

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂x = Δ W, ∂W = Δᵀ x, ∂b = Σ Δ over the samples."""
        (x,) = tape.load(self)
        gradients: Gradients = {"weight": Product(grad.T, x), "bias": column_sums(grad)}
        if not tape.wants_input_gradient:
            return None, gradients
        return product(grad, self.params["weight"]), gradients

    def adapt(self, passes: Passes) -> None:
        """Average the inputs of each class in one pass, once; DataError where a class has none."""
        if self.state["adapted"]:
            return
        wanted = np.asarray(self.spec.classes)
        sums = np.zeros(self.params["weight"].shape, np.float64)
        counts = np.zeros(len(wanted), np.int64)
        for x, target in passes():
            belongs = wanted[:, None] == _labels(target)
            counts += belongs.sum(axis=1)
            for row, members in zip(sums, belongs, strict=True):
                row += x[members].sum(axis=0, dtype=np.float64)
        if not counts.all():
            missing = wanted[np.argmin(counts)]
            raise DataError(
                f"{self.path} has no training sample of class {missing} to average",
                'its "classes" are those of the data: for a yes or no, 1 is yes',
            )
        self.params["weight"][...] = sums / counts[:, None]
        self.state["adapted"][...] = True

    def lower(self, program: Program) -> str:
        y = program.add("MatMul", program.x, self.params["weight"].T)
        return program.add("Add", y, self.params["bias"])


def _labels(target: Array) -> Array:
    """The class of each sample, `(N,)`: itself, or where a row of several values is largest."""
    if target.ndim > 1 and target.shape[-1] > 1:
        return target.argmax(axis=-1)
    return target.reshape(-1)
