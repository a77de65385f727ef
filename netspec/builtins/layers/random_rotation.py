"""Random rotation: in training, every picture is turned a little."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Gradients, Layer, LayerSpec, Program, Shape, Site, Tape

from .sampling import Sampling, check_images

__all__ = ["RandomRotation", "RandomRotationLayer"]


class RandomRotation(LayerSpec):
    """y = x turned about its middle in training, y = x otherwise: `(N, height, width[, channels])`.

    Each picture has its own angle, drawn evenly from −degrees to degrees, counter-clockwise. A pixel
    is the weighted mean of the four that it comes from; what comes in from outside is 0. A step's
    angles are the same whenever the step is run again. At the head of a network; torchvision's
    `RandomRotation` with bilinear interpolation.
    """

    formula: ClassVar[str] = "y(p) = x(R p), R a rotation by −degrees to degrees"
    example_shape: ClassVar[Shape] = (4, 5)

    type: Literal["random_rotation"] = "random_rotation"
    degrees: float = Field(default=10.0, ge=0, le=180, description="the largest angle, either way")

    def build(self, site: Site) -> RandomRotationLayer:
        return RandomRotationLayer(self, site)


class RandomRotationLayer(Layer[RandomRotation]):
    """The running layer."""

    def __init__(self, spec: RandomRotation, site: Site) -> None:
        super().__init__(spec, site)
        check_images(site, spec.type)

    def forward(self, x: Array, tape: Tape) -> Array:
        sampling = self._sampling(x, tape) if tape.training and self.spec.degrees > 0 else None
        tape.save(self, sampling)
        return x if sampling is None else sampling.look(x)

    def _sampling(self, x: Array, tape: Tape) -> Sampling:
        """Each output pixel, turned back about the middle of the picture."""
        most = np.deg2rad(self.spec.degrees)
        angle = tape.rng(self).uniform(-most, most, (len(x), 1, 1))
        height, width = x.shape[1:3]
        rows, columns = np.indices((height, width))
        middle, centre = (height - 1) / 2, (width - 1) / 2
        down, right = rows - middle, columns - centre
        sine, cosine = np.sin(angle), np.cos(angle)
        return Sampling(
            middle + cosine * down + sine * right, centre + cosine * right - sine * down
        )

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂x is Δ, each pixel of it given back to the four that it came from."""
        (sampling,) = tape.load(self)
        if not tape.wants_input_gradient:
            return None, {}
        return grad if sampling is None else sampling.spread(grad), {}

    def lower(self, program: Program) -> str:
        """In evaluation nothing happens."""
        return program.x
