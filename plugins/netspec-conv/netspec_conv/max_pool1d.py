"""Max pooling over sequences: the largest value of a few neighbouring steps."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import LayerSpec, Program, Shape, Site

from .axis import Axis
from .fields import Count, Size, axes, check_half, check_seen, sequence
from .lowering import channels_first, channels_last, pads
from .pooling import MaxPoolingLayer

__all__ = ["MaxPool1d", "MaxPool1dLayer"]


class MaxPool1d(LayerSpec):
    """y[t, c] = max x[s t + d i − p, c] over the window: `(N, length, C)`.

    s is the stride, the kernel's size unless it is given, d the dilation; the padding p counts as
    −∞. There are ⌊(length + 2 p − d (kernel − 1) − 1) / s⌋ + 1 outputs. Of equal values the first
    gets the gradient. PyTorch's `MaxPool1d` with channels last.
    """

    formula: ClassVar[str] = "y[t, c] = max x[s t + d i − p, c]"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {},
        {"kernel": 3, "strides": 2, "padding": 1, "dilation": 2},
    )
    example_shape: ClassVar[Shape] = (7, 2)

    type: Literal["max_pool1d"] = "max_pool1d"
    kernel: Size = Field(default=2, description="the steps that the window has")
    strides: Size | None = Field(
        default=None, description="how many steps the window moves; else the kernel"
    )
    padding: Count = Field(default=0, description="what is added on either side")
    dilation: Size = Field(default=1, description="from one tap of the window to the next")

    def build(self, site: Site) -> MaxPool1dLayer:
        return MaxPool1dLayer(self, site)


class MaxPool1dLayer(MaxPoolingLayer[MaxPool1d]):
    """The running layer."""

    def __init__(self, spec: MaxPool1d, site: Site) -> None:
        super().__init__(spec, site)
        length, channels = sequence(site, spec.type)
        kernel, padding = (spec.kernel,), (spec.padding,)
        check_half(spec.type, kernel, padding)
        strides = (spec.strides or spec.kernel,)
        self.rows = Axis(1, 1)
        (self.columns,) = axes(spec.type, (length,), kernel, strides, padding, (spec.dilation,))
        check_seen(spec.type, (self.columns,))
        self.output_shape = (self.columns.outputs, channels)

    def lower(self, program: Program) -> str:
        steps = self.columns
        y = program.add(
            "MaxPool",
            channels_first(program, program.x, 1),
            kernel_shape=[steps.kernel],
            strides=[steps.stride],
            dilations=[steps.dilation],
            pads=pads(steps),
        )
        return channels_last(program, y, 1)
