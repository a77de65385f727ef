"""One-hot: an integer as a row of zeros with a single 1."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Gradients, Layer, LayerSpec, Program, Site, Tape

__all__ = ["OneHot", "OneHotLayer"]


class OneHot(LayerSpec):
    """y[…, j] = 1 where x = j, else 0: integers `(N, …)` below `classes` become `(N, …, classes)`.

    An integer has no gradient: where one is wanted, it is 0. PyTorch's `one_hot`.
    """

    accepts: ClassVar[str] = "iu"
    differentiable: ClassVar[bool] = False
    formula: ClassVar[str] = "yⱼ = 1 if x = j else 0"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"classes": 5},)

    type: Literal["one_hot"] = "one_hot"
    classes: int = Field(gt=0, description="how many integers there are, from 0")

    def build(self, site: Site) -> OneHotLayer:
        return OneHotLayer(self, site)


class OneHotLayer(Layer[OneHot]):
    """The running layer."""

    def __init__(self, spec: OneHot, site: Site) -> None:
        super().__init__(spec, site)
        self.index_range = range(spec.classes)
        self.output_shape = (*site.input_shape, spec.classes)

    def forward(self, x: Array, tape: Tape) -> Array:
        return (x[..., None] == np.arange(self.spec.classes)).astype(self.output_dtype)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        delta = np.zeros(grad.shape[:-1], grad.dtype) if tape.wants_input_gradient else None
        return delta, {}

    def lower(self, program: Program) -> str:
        x = program.add("Unsqueeze", program.cast(program.x, np.int64), np.array([-1]))
        equal = program.add("Equal", x, np.arange(self.spec.classes))
        return program.cast(equal, program.dtype)
