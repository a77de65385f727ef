"""Max pooling over images: the largest value of each window."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import LayerSpec, Program, Shape, Site

from .fields import Counts, Sizes, axes, check_half, check_seen, image, pair
from .lowering import channels_first, channels_last, pads
from .pooling import MaxPoolingLayer

__all__ = ["MaxPool2d", "MaxPool2dLayer"]


class MaxPool2d(LayerSpec):
    """y[u, v, c] = max x[s u + d i − p, s v + d j − p, c] over the window: `(N, H, W, C)`.

    s are the strides, the kernel's size unless they are given, d the dilation; the padding p counts
    as −∞. Each axis gets ⌊(size + 2 p − d (kernel − 1) − 1) / s⌋ + 1 outputs. Of equal values the
    first, row by row, gets the gradient. PyTorch's `MaxPool2d` with images channels last.
    """

    formula: ClassVar[str] = "y[u, v, c] = max x[s u + d i − p, s v + d j − p, c]"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {},
        {"kernel": [3, 2], "strides": [2, 1], "padding": 1, "dilation": [1, 2]},
    )
    example_shape: ClassVar[Shape] = (6, 5, 2)

    type: Literal["max_pool2d"] = "max_pool2d"
    kernel: Sizes = Field(default=2, description="the window: one size, or [height, width]")
    strides: Sizes | None = Field(
        default=None, description="how far the window moves: one, or [down, right]; else the kernel"
    )
    padding: Counts = Field(
        default=0, description="what is added on either side: one, or [vertical, horizontal]"
    )
    dilation: Sizes = Field(
        default=1, description="from one tap of the window to the next: one, or [down, right]"
    )

    def build(self, site: Site) -> MaxPool2dLayer:
        return MaxPool2dLayer(self, site)


class MaxPool2dLayer(MaxPoolingLayer[MaxPool2d]):
    """The running layer."""

    def __init__(self, spec: MaxPool2d, site: Site) -> None:
        super().__init__(spec, site)
        height, width, channels = image(site, spec.type)
        kernel, padding = pair(spec.kernel), pair(spec.padding)
        check_half(spec.type, kernel, padding)
        strides = kernel if spec.strides is None else pair(spec.strides)
        self.rows, self.columns = axes(
            spec.type, (height, width), kernel, strides, padding, pair(spec.dilation)
        )
        check_seen(spec.type, (self.rows, self.columns))
        self.output_shape = (self.rows.outputs, self.columns.outputs, channels)

    def lower(self, program: Program) -> str:
        rows, columns = self.rows, self.columns
        y = program.add(
            "MaxPool",
            channels_first(program, program.x),
            kernel_shape=[rows.kernel, columns.kernel],
            strides=[rows.stride, columns.stride],
            dilations=[rows.dilation, columns.dilation],
            pads=pads(rows, columns),
        )
        return channels_last(program, y)
