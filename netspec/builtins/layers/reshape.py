"""Reshape: the values of a sample in another shape."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from netspec import (
    Array,
    Gradients,
    Layer,
    LayerSpec,
    Many,
    Program,
    Shape,
    Site,
    SpecError,
    Tape,
    lying_like,
)

__all__ = ["Reshape", "ReshapeLayer"]


class Reshape(LayerSpec):
    """y = x in another shape, the last axis running fastest: `(N, …)` to `(N, *shape)`.

    One axis may be −1: it takes what the others leave. It takes numbers of any dtype and keeps it.
    PyTorch's `Unflatten` and `reshape`.
    """

    accepts: ClassVar[str] = "fiub"
    formula: ClassVar[str] = "y = x, in another shape"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"shape": [3, 2]}, {"shape": [-1, 1]})
    example_shape: ClassVar[Shape] = (2, 3)

    type: Literal["reshape"] = "reshape"
    shape: Many[Annotated[int, Field(ge=-1)]] = Field(
        max_length=63, description="the shape of a sample, without the batch axis"
    )

    @model_validator(mode="after")
    def _one_open_axis(self) -> Self:
        if 0 in self.shape or self.shape.count(-1) > 1:
            raise SpecError(
                f"the shape is {list(self.shape)}",
                "every axis is at least 1, and at most one is -1",
                path=("shape",),
            )
        return self

    def build(self, site: Site) -> ReshapeLayer:
        values, named = math.prod(site.input_shape), math.prod(n for n in self.shape if n > 0)
        if values % named or (values != named and -1 not in self.shape):
            raise SpecError(
                f"{site.input_shape} has {values} values, which {list(self.shape)} does not hold",
                "give a shape of as many values, or -1 for one axis",
                path=("shape",),
            )
        return ReshapeLayer(self, site, tuple(values // named if n < 0 else n for n in self.shape))


class ReshapeLayer(Layer[LayerSpec]):
    """The running layer of whatever gives a sample's values another shape."""

    def __init__(self, spec: LayerSpec, site: Site, shape: Shape) -> None:
        super().__init__(spec, site)
        self.output_shape = shape
        self.output_dtype = site.input_dtype

    def forward(self, x: Array, tape: Tape) -> Array:
        tape.save(self, x)
        return x.reshape(len(x), *self.output_shape)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """The gradient in the input's shape, and in its memory order, as the layers before read both."""
        (x,) = tape.load(self)
        return lying_like(grad.reshape(x.shape), x), {}

    def lower(self, program: Program) -> str:
        return program.reshape(program.x, self.output_shape)
