"""A network in ONNX's operators: what exporters read, and what a reference evaluator can run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .arrays import Array

if TYPE_CHECKING:
    from .chain import Chain
    from .layer import Layer

__all__ = ["OPSET", "Node", "Operand", "Program", "integers"]

OPSET = 18
"""The version of ONNX's operators that programs are written in."""

Operand = str | float | Array
"""What an operator takes: the name of a value, or a number or an array, which become constants."""

# ONNX's numbers for the types of its values.
_TYPES = {
    "float32": 1,
    "uint8": 2,
    "int8": 3,
    "int32": 6,
    "int64": 7,
    "bool": 9,
    "float64": 11,
}


class Node(NamedTuple):
    """One operator: the names of its inputs and of its one output, and its attributes."""

    operator: str
    inputs: tuple[str, ...]
    output: str
    attributes: Mapping[str, Any]


class Program:
    """A chain in evaluation, as a row of operators on named values.

    The value `"input"` is `(N, *input_shape)`, with any N, and `output` names the last one. Numbers
    become constants of the dtype, so that a program in float64 loses none of their digits. A layer
    that is lowered finds the name of the value that reaches it in `x`. Raises SpecError where a layer
    does not say itself.
    """

    def __init__(self, chain: Chain) -> None:
        self.dtype: np.dtype[Any] = chain.dtype
        self.input_shape, self.input_dtype = chain.input_shape, chain.input_dtype
        self.output_shape, self.output_dtype = chain.output_shape, chain.output_dtype
        self.nodes: list[Node] = []
        self.constants: dict[str, Array] = {}
        self.x = "input"
        self.output = self.run(chain, self.x)

    def run(self, layers: Iterable[Layer], x: str) -> str:
        """Lower layers, one behind the other, on the value `x`; returns the name of what they give."""
        for layer in layers:
            self.x = x
            x = layer.lower(self)
        return x

    def add(self, operator: str, *operands: Operand, **attributes: Any) -> str:
        """Add an operator; returns the name of its output."""
        inputs = tuple(self._named(operand) for operand in operands)
        output = f"{operator.lower()}_{len(self.nodes) + 1}"
        self.nodes.append(Node(operator, inputs, output, attributes))
        return output

    def cast(self, x: str, dtype: Any) -> str:
        """The value in another dtype."""
        return self.add("Cast", x, to=_TYPES[np.dtype(dtype).name])

    def reshape(self, x: str, shape: Iterable[int]) -> str:
        """The value with another shape of a sample; the batch axis stays."""
        return self.add("Reshape", x, integers(0, *shape))

    def mean(self, x: str, axes: Iterable[int]) -> str:
        """The mean over some axes, which stay with length 1."""
        return self.add("ReduceMean", x, integers(*axes), keepdims=1)

    def softplus(self, x: str) -> str:
        """log(1 + exp(x)) = max(x, 0) + log(1 + exp(−|x|)), which no x is too large for."""
        small = self.add("Softplus", self.add("Neg", self.add("Abs", x)))
        return self.add("Add", self.add("Max", x, 0.0), small)

    def expm1(self, x: str) -> str:
        """exp(x) − 1 where x ≤ 0: 2 t / (1 − t) with t = tanh(x/2), which does not cancel.

        Runtimes compute ONNX's own `Elu`, `Celu` and `Selu` as they are defined, and lose digits.
        """
        t = self.add("Tanh", self.add("Mul", x, 0.5))
        return self.add("Div", self.add("Add", t, t), self.add("Sub", 1.0, t))

    def _named(self, operand: Operand) -> str:
        if isinstance(operand, str):
            return operand
        name = f"constant_{len(self.constants) + 1}"
        values = operand if isinstance(operand, np.ndarray) else np.array(operand, self.dtype)
        self.constants[name] = values
        return name


def integers(*values: int) -> Array:
    """Axes or a shape, as operators take them."""
    return np.array(values, np.int64)
