"""Average pooling over sequences: the mean of a few neighbouring steps."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import LayerSpec, Program, Shape, Site

from .axis import Axis
from .fields import Count, Size, axes, check_half, sequence
from .lowering import channels_first, channels_last, pads
from .pooling import MeanPoolingLayer

__all__ = ["AvgPool1d", "AvgPool1dLayer"]


class AvgPool1d(LayerSpec):
    """y[t, c] = Σ x[s t + i − p, c] / kernel over the window: `(N, length, C)`.

    s is the stride, the kernel's size unless it is given; the padding p is of zeros, which count.
    There are ⌊(length + 2 p − kernel) / s⌋ + 1 outputs. PyTorch's `AvgPool1d` with channels last.
    """

    formula: ClassVar[str] = "y[t, c] = mean x[s t + i − p, c]"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {},
        {"kernel": 3, "strides": 2, "padding": 1},
    )
    example_shape: ClassVar[Shape] = (7, 2)

    type: Literal["avg_pool1d"] = "avg_pool1d"
    kernel: Size = Field(default=2, description="the steps that the window has")
    strides: Size | None = Field(
        default=None, description="how many steps the window moves; else the kernel"
    )
    padding: Count = Field(default=0, description="zeros on either side")

    def build(self, site: Site) -> AvgPool1dLayer:
        return AvgPool1dLayer(self, site)


class AvgPool1dLayer(MeanPoolingLayer[AvgPool1d]):
    """The running layer."""

    def __init__(self, spec: AvgPool1d, site: Site) -> None:
        super().__init__(spec, site)
        length, channels = sequence(site, spec.type)
        kernel, padding = (spec.kernel,), (spec.padding,)
        check_half(spec.type, kernel, padding)
        self.rows = Axis(1, 1)
        (self.columns,) = axes(
            spec.type, (length,), kernel, (spec.strides or spec.kernel,), padding
        )
        self.scale = 1 / spec.kernel
        self.output_shape = (self.columns.outputs, channels)

    def lower(self, program: Program) -> str:
        steps = self.columns
        y = program.add(
            "AveragePool",
            channels_first(program, program.x, 1),
            kernel_shape=[steps.kernel],
            strides=[steps.stride],
            pads=pads(steps),
            count_include_pad=1,
        )
        return channels_last(program, y, 1)
