"""Convolution over sequences: every output looks at a few neighbouring steps."""

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

from .axis import Axis
from .convolving import ConvolvingLayer, check_groups, draw
from .fields import Border, Size, axes, sequence
from .lowering import channels_first, channels_last, pads
from .sliding import Sliding

__all__ = ["Conv1d", "Conv1dLayer"]


class Conv1d(LayerSpec):
    """y[t, o] = b[o] + Σ w[o, c, i] x[s t + d i − p, c]: `(N, length, C)`.

    s is the stride, d the dilation, p the padding with zeros; there are
    ⌊(length + 2 p − d (kernel − 1) − 1) / s⌋ + 1 outputs. Parameters: `weight`
    `(channels, C / groups, kernel)` and `bias` `(channels,)`. PyTorch's `Conv1d`, its initial values
    too, with channels last. `activation` stands for a layer of its own, behind this.

    Waibel and others, Phoneme recognition using time-delay neural networks, 1989.
    """

    formula: ClassVar[str] = "y[t, o] = b[o] + Σ w[o, c, i] x[s t + d i − p, c]"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"channels": 3, "kernel": 3},
        {"channels": 4, "kernel": 2, "strides": 2, "padding": 1, "dilation": 3, "groups": 2},
    )
    example_shape: ClassVar[Shape] = (7, 2)

    type: Literal["conv1d"] = "conv1d"
    channels: int = Field(gt=0, description="the number of channels that come out")
    kernel: Size = Field(description="the steps that the window has")
    strides: Size = Field(default=1, description="how many steps the window moves")
    padding: Border = Field(
        default="valid",
        description='zeros around the sequence: "valid" for none, "same" to keep its length, '
        "or so many on either side",
    )
    dilation: Size = Field(default=1, description="from one tap of the window to the next")
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

    def build(self, site: Site) -> Conv1dLayer:
        return Conv1dLayer(self, site)


class Conv1dLayer(ConvolvingLayer[Conv1d]):
    """The running layer."""

    def __init__(self, spec: Conv1d, site: Site) -> None:
        super().__init__(spec, site)
        length, channels = sequence(site, spec.type)
        check_groups(spec.type, spec.groups, channels, spec.channels)
        padding = spec.padding if isinstance(spec.padding, str) else (spec.padding,)
        (steps,) = axes(
            spec.type, (length,), (spec.kernel,), (spec.strides,), padding, (spec.dilation,)
        )
        self.sliding = Sliding(Axis(1, 1), steps, spec.groups)
        site.ledger.spread_out(self.sliding.between(channels))
        self.output_shape = (steps.outputs, spec.channels)
        draw(self, spec, site, (spec.channels, channels // spec.groups, spec.kernel))

    def lower(self, program: Program) -> str:
        steps = self.sliding.columns
        y = program.add(
            "Conv",
            channels_first(program, program.x, 1),
            *self.params.values(),
            strides=[steps.stride],
            dilations=[steps.dilation],
            pads=pads(steps),
            group=self.spec.groups,
        )
        return channels_last(program, y, 1)
