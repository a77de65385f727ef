"""Convolution over images: every output looks at a small window of the input."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import (
    Activation,
    FanInUniform,
    Initializer,
    LayerSpec,
    Program,
    Regularizer,
    Shape,
    Site,
)

from .convolving import ConvolvingLayer, check_groups, draw
from .fields import Padding, Size, Sizes, axes, image, pair
from .lowering import channels_first, channels_last, pads
from .sliding import Sliding

__all__ = ["Conv2d", "Conv2dLayer"]


class Conv2d(LayerSpec):
    """y[u, v, o] = b[o] + Σ w[o, c, i, j] x[s u + d i − p, s v + d j − p, c]: `(N, H, W, C)`.

    s are the strides, d the dilation, p the padding with zeros; each axis of an image gets
    ⌊(size + 2 p − d (kernel − 1) − 1) / s⌋ + 1 outputs. Parameters: `weight`
    `(channels, C / groups, kernel height, kernel width)` and `bias` `(channels,)`. With `groups`,
    the channels are split and each part sees its own; as many groups as channels convolve each
    alone, "depthwise". PyTorch's `Conv2d`, its initial values too, with images channels last.
    `activation` stands for a layer of its own, behind this.

    LeCun and others, Backpropagation applied to handwritten zip code recognition, 1989.
    """

    formula: ClassVar[str] = (
        "y[u, v, o] = b[o] + Σ w[o, c, i, j] x[s u + d i − p, s v + d j − p, c]"
    )
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"channels": 4, "kernel": 3},
        {"channels": 2, "kernel": [3, 2], "padding": "same", "dilation": [1, 2]},
        {"channels": 4, "kernel": 3, "strides": 2, "padding": 1, "groups": 2, "use_bias": False},
    )
    example_shape: ClassVar[Shape] = (6, 5, 2)

    type: Literal["conv2d"] = "conv2d"
    channels: int = Field(gt=0, description="the number of channels that come out")
    kernel: Sizes = Field(description="the window: one size, or [height, width]")
    strides: Sizes = Field(default=1, description="how far the window moves: one, or [down, right]")
    padding: Padding = Field(
        default="valid",
        description='zeros around the image: "valid" for none, "same" to keep its size, '
        "or so many on either side: one number, or [vertical, horizontal]",
    )
    dilation: Sizes = Field(
        default=1, description="from one tap of the window to the next: one, or [down, right]"
    )
    groups: Size = Field(default=1, description="the parts that the channels are split into")
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

    def build(self, site: Site) -> Conv2dLayer:
        return Conv2dLayer(self, site)


class Conv2dLayer(ConvolvingLayer[Conv2d]):
    """The running layer."""

    def __init__(self, spec: Conv2d, site: Site) -> None:
        super().__init__(spec, site)
        height, width, channels = image(site, spec.type)
        check_groups(spec.type, spec.groups, channels, spec.channels)
        kernel, strides, dilation = pair(spec.kernel), pair(spec.strides), pair(spec.dilation)
        padding = spec.padding if isinstance(spec.padding, str) else pair(spec.padding)
        rows, columns = axes(spec.type, (height, width), kernel, strides, padding, dilation)
        self.sliding = Sliding(rows, columns, spec.groups)
        site.ledger.spread_out(self.sliding.between(channels))
        self.output_shape = (rows.outputs, columns.outputs, spec.channels)
        draw(self, spec, site, (spec.channels, channels // spec.groups, *kernel))

    def lower(self, program: Program) -> str:
        rows, columns = self.sliding.rows, self.sliding.columns
        y = program.add(
            "Conv",
            channels_first(program, program.x),
            *self.params.values(),
            strides=[rows.stride, columns.stride],
            dilations=[rows.dilation, columns.dilation],
            pads=pads(rows, columns),
            group=self.spec.groups,
        )
        return channels_last(program, y)
