"""Global max pooling over images: the largest value of each channel."""

from __future__ import annotations

from typing import ClassVar, Literal

from netspec import LayerSpec, Shape, Site

from .fields import image
from .global_pooling import GlobalMaxLayer

__all__ = ["GlobalMaxPool2d", "GlobalMaxPool2dLayer"]


class GlobalMaxPool2d(LayerSpec):
    """y[c] = max x[u, v, c] over all u and v: `(N, H, W, C)` to `(N, C)`.

    Of equal values the first, row by row, gets the gradient. PyTorch's `AdaptiveMaxPool2d(1)` with
    images channels last.
    """

    formula: ClassVar[str] = "y[c] = max x[u, v, c]"
    example_shape: ClassVar[Shape] = (4, 3, 2)

    type: Literal["global_max_pool2d"] = "global_max_pool2d"

    def build(self, site: Site) -> GlobalMaxPool2dLayer:
        return GlobalMaxPool2dLayer(self, site)


class GlobalMaxPool2dLayer(GlobalMaxLayer[GlobalMaxPool2d]):
    """The running layer."""

    def __init__(self, spec: GlobalMaxPool2d, site: Site) -> None:
        image(site, spec.type)
        super().__init__(spec, site)
