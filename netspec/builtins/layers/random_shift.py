"""Random shift: in training, every picture is moved by a few pixels."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Gradients, Layer, LayerSpec, Program, Shape, Site, Tape

from .sampling import Sampling, check_images

__all__ = ["RandomShift", "RandomShiftLayer"]


class RandomShift(LayerSpec):
    """y[i, j] = x[i − a, j − b] in training, y = x otherwise: `(N, height, width)` or with channels.

    Each picture has its own a and b, whole numbers drawn evenly from −vertical to vertical and from
    −horizontal to horizontal; what comes in from outside is 0. A step's shifts are the same whenever
    the step is run again. At the head of a network; torchvision's `RandomAffine(translate=…)`.
    """

    formula: ClassVar[str] = "y[i, j] = x[i − a, j − b]"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"vertical": 0, "horizontal": 2})
    example_shape: ClassVar[Shape] = (4, 5)

    type: Literal["random_shift"] = "random_shift"
    vertical: int = Field(default=1, ge=0, description="the most pixels up or down")
    horizontal: int = Field(default=1, ge=0, description="the most pixels to the left or right")

    def build(self, site: Site) -> RandomShiftLayer:
        return RandomShiftLayer(self, site)


class RandomShiftLayer(Layer[RandomShift]):
    """The running layer."""

    def __init__(self, spec: RandomShift, site: Site) -> None:
        super().__init__(spec, site)
        check_images(site, spec.type)

    def forward(self, x: Array, tape: Tape) -> Array:
        sampling = self._sampling(x, tape) if tape.training else None
        tape.save(self, sampling)
        return x if sampling is None else sampling.look(x)

    def _sampling(self, x: Array, tape: Tape) -> Sampling:
        rng, shape = tape.rng(self), (len(x), 1, 1)
        down = rng.integers(-self.spec.vertical, self.spec.vertical + 1, shape)
        right = rng.integers(-self.spec.horizontal, self.spec.horizontal + 1, shape)
        rows, columns = np.indices(x.shape[1:3])
        return Sampling(rows - down, columns - right)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂x is Δ, shifted back."""
        (sampling,) = tape.load(self)
        if not tape.wants_input_gradient:
            return None, {}
        return grad if sampling is None else sampling.spread(grad), {}

    def lower(self, program: Program) -> str:
        """In evaluation nothing happens."""
        return program.x
