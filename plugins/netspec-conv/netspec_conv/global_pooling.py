"""One value for each channel, of all that an image or a sequence has."""

from __future__ import annotations

from math import prod
from typing import TypeVar

import numpy as np

from netspec import Array, Gradients, Layer, LayerSpec, Program, Site, Tape, sum_over

__all__ = ["GlobalMaxLayer", "GlobalMeanLayer"]

_S = TypeVar("_S", bound=LayerSpec)


class GlobalPoolingLayer(Layer[_S]):
    """A running layer that gives one value a channel; the channels are the last axis."""

    def __init__(self, spec: _S, site: Site) -> None:
        super().__init__(spec, site)
        *sizes, channels = site.input_shape
        self.output_shape = (channels,)
        self.places = prod(sizes)

    @property
    def _axes(self) -> tuple[int, ...]:
        """All but the batch and the channels."""
        return tuple(range(1, len(self.input_shape)))


class GlobalMeanLayer(GlobalPoolingLayer[_S]):
    """The mean of each channel."""

    def forward(self, x: Array, tape: Tape) -> Array:
        return np.ascontiguousarray(sum_over(x, self._axes) * (1 / self.places))

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """Every place gets the same share of Δ."""
        if not tape.wants_input_gradient:
            return None, {}
        each = np.expand_dims(grad * (1 / self.places), self._axes)
        return np.broadcast_to(each, (len(grad), *self.input_shape)), {}

    def lower(self, program: Program) -> str:
        y = program.mean(program.x, self._axes)
        return program.reshape(y, self.output_shape)


class GlobalMaxLayer(GlobalPoolingLayer[_S]):
    """The largest value of each channel; of equal ones the first counts."""

    def forward(self, x: Array, tape: Tape) -> Array:
        places = x.reshape(len(x), self.places, *self.output_shape)
        largest = places.argmax(axis=1)[:, None]
        tape.save(self, largest)
        return np.take_along_axis(places, largest, axis=1)[:, 0]

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """Δ goes to the largest value."""
        if not tape.wants_input_gradient:
            return None, {}
        (largest,) = tape.load(self)
        dx = np.zeros((len(grad), self.places, *self.output_shape), grad.dtype)
        np.put_along_axis(dx, largest, grad[:, None], axis=1)
        return dx.reshape(len(grad), *self.input_shape), {}

    def lower(self, program: Program) -> str:
        return program.add("ReduceMax", program.x, np.array(self._axes), keepdims=0)
