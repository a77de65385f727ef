"""Average pooling over images: the mean of each window."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import LayerSpec, Program, Shape, Site

from .fields import Counts, Sizes, axes, check_half, image, pair
from .lowering import channels_first, channels_last, pads
from .pooling import MeanPoolingLayer

__all__ = ["AvgPool2d", "AvgPool2dLayer"]


class AvgPool2d(LayerSpec):
    """y[u, v, c] = Σ x[s u + i − p, s v + j − p, c] / (kernel height · kernel width): `(N, H, W, C)`.

    s are the strides, the kernel's size unless they are given; the padding p is of zeros, which
    count. Each axis gets ⌊(size + 2 p − kernel) / s⌋ + 1 outputs. PyTorch's `AvgPool2d` with images
    channels last.
    """

    formula: ClassVar[str] = "y[u, v, c] = mean x[s u + i − p, s v + j − p, c]"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {},
        {"kernel": [3, 2], "strides": [2, 1], "padding": 1},
    )
    example_shape: ClassVar[Shape] = (6, 5, 2)

    type: Literal["avg_pool2d"] = "avg_pool2d"
    kernel: Sizes = Field(default=2, description="the window: one size, or [height, width]")
    strides: Sizes | None = Field(
        default=None, description="how far the window moves: one, or [down, right]; else the kernel"
    )
    padding: Counts = Field(
        default=0, description="zeros on either side: one number, or [vertical, horizontal]"
    )

    def build(self, site: Site) -> AvgPool2dLayer:
        return AvgPool2dLayer(self, site)


class AvgPool2dLayer(MeanPoolingLayer[AvgPool2d]):
    """The running layer."""

    def __init__(self, spec: AvgPool2d, site: Site) -> None:
        super().__init__(spec, site)
        height, width, channels = image(site, spec.type)
        kernel, padding = pair(spec.kernel), pair(spec.padding)
        check_half(spec.type, kernel, padding)
        strides = kernel if spec.strides is None else pair(spec.strides)
        self.rows, self.columns = axes(spec.type, (height, width), kernel, strides, padding)
        self.scale = 1 / (kernel[0] * kernel[1])
        self.output_shape = (self.rows.outputs, self.columns.outputs, channels)

    def lower(self, program: Program) -> str:
        rows, columns = self.rows, self.columns
        y = program.add(
            "AveragePool",
            channels_first(program, program.x),
            kernel_shape=[rows.kernel, columns.kernel],
            strides=[rows.stride, columns.stride],
            pads=pads(rows, columns),
            count_include_pad=1,
        )
        return channels_last(program, y)
