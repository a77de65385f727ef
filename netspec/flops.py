"""How many operations on numbers a chain needs for one sample, read off its operators."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from .arrays import Array, Shape
from .chain import Chain
from .layer import Layer
from .lowering import Operand, Program

__all__ = ["Count", "count"]

_FUNCTIONS = {"Abs", "Erf", "Exp", "Log", "Neg", "Relu", "Sigmoid", "Sqrt", "Tanh"}
_ELEMENTWISE = {"Add", "Div", "Equal", "Greater", "Max", "Min", "Mul", "Sub"} | _FUNCTIONS
_REDUCING = {"ReduceMax", "ReduceMean", "ReduceSum"}
_POOLING = {"AveragePool", "MaxPool"}
_SOFTMAX = 5
"""The largest value, a difference, exp, the sum and a quotient, for each value."""


class Count(NamedTuple):
    """The operations of one layer on one sample: those of products, two for each multiplication with
    its addition, and all others, one for each value."""

    products: int
    others: int

    @property
    def forward(self) -> int:
        """The operations of the forward pass."""
        return self.products + self.others

    def backward(self, trainable: bool, wanted: bool) -> int:
        """The operations of the backward pass: each product comes back once for the weights that
        are trained, and once for the input, where its gradient is wanted."""
        return self.products * (trainable + wanted) + self.others * (trainable or wanted)


def count(chain: Chain) -> dict[Layer, Count | None]:
    """The operations of every layer, of a composite those beside its inner layers.

    None for a layer that does not say itself in operators, or in one that is not counted here.
    """
    return _Counter(chain).counts


class _Counter(Program):
    """A program that knows the shape of each of its values for one sample."""

    def __init__(self, chain: Chain) -> None:
        self.counts: dict[Layer, Count | None] = {}
        self._shapes: dict[str, Shape | None] = {"input": (1, *chain.input_shape)}
        self._lowering: list[Layer] = []
        # The arrays of a dry chain hold nothing, so that what is computed of them means nothing.
        with np.errstate(all="ignore"):
            super().__init__(chain)

    def run(self, layers: Any, x: str) -> str:
        for layer in layers:
            self.x = x
            self.counts[layer] = Count(0, 0)
            self._lowering.append(layer)
            try:
                x = layer.lower(self)
            except Exception:  # whatever a plugin's layer raises, it is only not counted
                self.counts[layer] = None
                x = f"{layer.path}.output"
            self._lowering.pop()
            self._shapes[x] = (1, *layer.output_shape)
        return x

    def add(self, operator: str, *operands: Operand, **attributes: Any) -> str:
        output = super().add(operator, *operands, **attributes)
        shapes = [
            self._shapes.get(each) if isinstance(each, str) else np.shape(each) for each in operands
        ]
        layer = self._lowering[-1]
        so_far = self.counts[layer]
        known = [shape for shape in shapes if shape is not None]
        found = None
        if len(known) == len(shapes):
            found = _operation(operator, known, operands, attributes)
        self._shapes[output], more = found or (None, None)
        if more is None or so_far is None:
            self.counts[layer] = None
        else:
            self.counts[layer] = Count(so_far.products + more.products, so_far.others + more.others)
        return output


def _operation(
    operator: str, shapes: list[Shape], operands: tuple[Operand, ...], attributes: Mapping[str, Any]
) -> tuple[Shape, Count] | None:
    """The shape that an operator gives and what it costs; None where it is not known here."""
    first = shapes[0]
    if operator in _ELEMENTWISE:
        whole = np.broadcast_shapes(*shapes)
        return whole, Count(0, math.prod(whole))
    if operator in ("Softmax", "LogSoftmax"):
        return first, Count(0, _SOFTMAX * math.prod(first))
    if operator in _REDUCING:
        axes = {axis % len(first) for axis in _integers(operands[1])}
        kept = tuple(1 if at in axes else size for at, size in enumerate(first))
        return kept, Count(0, math.prod(first))
    if operator == "MatMul":
        whole = (*first[:-1], *shapes[1][-1:])
        return whole, Count(2 * math.prod(whole) * first[-1], 0)
    if operator == "Conv":
        filters, *kernel = shapes[1]
        whole = (first[0], filters, *_slid(first[2:], shapes[1][2:], attributes))
        bias = math.prod(whole) if len(shapes) > 2 else 0
        return whole, Count(2 * math.prod(whole) * math.prod(kernel), bias)
    if operator in _POOLING:
        window = tuple(attributes["kernel_shape"])
        whole = (*first[:2], *_slid(first[2:], window, attributes))
        return whole, Count(0, math.prod(whole) * math.prod(window))
    if operator == "Cast":
        return first, Count(0, 0)
    if operator == "Transpose":
        return tuple(first[axis] for axis in attributes["perm"]), Count(0, 0)
    if operator == "Gather":
        return (*shapes[1], *first[1:]), Count(0, 0)
    if operator == "Unsqueeze":
        return tuple(
            np.expand_dims(np.broadcast_to(0, first), _integers(operands[1])).shape
        ), Count(0, 0)
    if operator == "Reshape":
        wanted = [
            first[at] if size == 0 else size for at, size in enumerate(_integers(operands[1]))
        ]
        rest = math.prod(first) // max(1, math.prod(size for size in wanted if size != -1))
        return tuple(rest if size == -1 else size for size in wanted), Count(0, 0)
    return None


def _slid(sizes: Shape, window: Shape, attributes: Mapping[str, Any]) -> Iterator[int]:
    """How many places a window finds along each axis."""
    axes = len(sizes)
    strides = attributes.get("strides", (1,) * axes)
    dilations = attributes.get("dilations", (1,) * axes)
    pads = attributes.get("pads", (0,) * 2 * axes)
    for at in range(axes):
        room = sizes[at] + pads[at] + pads[axes + at] - dilations[at] * (window[at] - 1)
        yield max(0, (room - 1) // strides[at] + 1)


def _integers(operand: Operand) -> tuple[int, ...]:
    assert isinstance(operand, np.ndarray)
    values: Array = operand
    return tuple(int(value) for value in values.reshape(-1))
