"""What runs in every convolution: a kernel that slides over images, and a bias."""

from __future__ import annotations

from typing import Protocol, TypeVar

import numpy as np

from netspec import (
    Array,
    Gradients,
    Initializer,
    Layer,
    LayerSpec,
    Regularizer,
    Shape,
    Site,
    SpecError,
    Tape,
    column_sums,
)

from .sliding import Sliding, inward, outward

__all__ = ["ConvolvingLayer", "bias_sums", "check_groups", "draw"]

_S = TypeVar("_S", bound=LayerSpec)


class Weighted(Protocol):
    """A spec of a kernel and a bias."""

    @property
    def channels(self) -> int: ...
    @property
    def use_bias(self) -> bool: ...
    @property
    def weight_init(self) -> Initializer: ...
    @property
    def bias_init(self) -> Initializer: ...
    @property
    def weight_regularizer(self) -> Regularizer | None: ...
    @property
    def bias_regularizer(self) -> Regularizer | None: ...


def draw(layer: Layer, spec: Weighted, site: Site, shape: Shape) -> None:
    """Give the layer a `weight` of this shape, a `bias` where it has one, and their penalties."""
    field = int(np.prod(shape[2:], dtype=object))
    fans = (shape[1] * field, shape[0] * field)
    layer.params["weight"] = site.draw(spec.weight_init, shape, fans)
    if spec.weight_regularizer:
        layer.penalties["weight"] = spec.weight_regularizer
    if spec.use_bias:
        layer.params["bias"] = site.draw(spec.bias_init, (spec.channels,), fans)
        if spec.bias_regularizer:
            layer.penalties["bias"] = spec.bias_regularizer


def check_groups(layer: str, groups: int, inputs: int, outputs: int) -> None:
    """SpecError unless the groups divide the channels on both sides."""
    if inputs % groups or outputs % groups:
        raise SpecError(
            f"{layer} has {groups} groups, {inputs} channels come in and {outputs} go out",
            "let groups divide both",
            path=("groups",),
        )


def bias_sums(delta: Array) -> Array:
    """The sums of `(H, C, W, N)` over all but the channels."""
    height, channels, width, batch = delta.shape
    runs = delta.reshape(height * channels, width * batch)
    return column_sums(column_sums(runs.T).reshape(height, channels))


class ConvolvingLayer(Layer[_S]):
    """A running convolution: its constructor says how the kernel slides, and draws its arrays.

    A sequence is an image of one row.
    """

    sliding: Sliding

    def forward(self, x: Array, tape: Tape) -> Array:
        """y = w ⋆ x + b, a product for each row of outputs."""
        bands = self.sliding.bands(inward(self._images(x)))
        tape.save(self, bands)
        y = self.sliding.correlate(bands, self._kernel())
        if "bias" in self.params:
            y += self.params["bias"][:, None, None]
        return self._like_input(outward(y))

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂w[o, c, i, j] = Σ Δ[o] x[c, + i, + j], ∂b = Σ Δ, ∂x = Δ spread through w."""
        (bands,) = tape.load(self)
        delta = inward(self._images(grad))
        weight = self.sliding.by_kernel(bands, delta)
        gradients: Gradients = {"weight": weight.reshape(self.params["weight"].shape)}
        if "bias" in self.params:
            gradients["bias"] = bias_sums(delta)
        if not tape.wants_input_gradient:
            return None, gradients
        return self._like_input(outward(self.sliding.spread(delta, self._kernel()))), gradients

    def _images(self, x: Array) -> Array:
        return x if x.ndim == 4 else x[:, None]

    def _like_input(self, y: Array) -> Array:
        return y if len(self.input_shape) == 3 else y[:, 0]

    def _kernel(self) -> Array:
        weight = self.params["weight"]
        return weight if weight.ndim == 4 else weight[:, :, None]
