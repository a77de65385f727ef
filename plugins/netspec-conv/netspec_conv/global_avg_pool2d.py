"""Global average pooling over images: the mean of each channel."""

from __future__ import annotations

from typing import ClassVar, Literal

from netspec import LayerSpec, Shape, Site

from .fields import image
from .global_pooling import GlobalMeanLayer

__all__ = ["GlobalAvgPool2d", "GlobalAvgPool2dLayer"]


class GlobalAvgPool2d(LayerSpec):
    """y[c] = Σ x[u, v, c] / (H W): `(N, H, W, C)` to `(N, C)`.

    PyTorch's `AdaptiveAvgPool2d(1)` with images channels last. Lin, Chen and Yan, Network in
    network, 2014.
    """

    formula: ClassVar[str] = "y[c] = mean x[u, v, c]"
    example_shape: ClassVar[Shape] = (4, 3, 2)

    type: Literal["global_avg_pool2d"] = "global_avg_pool2d"

    def build(self, site: Site) -> GlobalAvgPool2dLayer:
        return GlobalAvgPool2dLayer(self, site)


class GlobalAvgPool2dLayer(GlobalMeanLayer[GlobalAvgPool2d]):
    """The running layer."""

    def __init__(self, spec: GlobalAvgPool2d, site: Site) -> None:
        image(site, spec.type)
        super().__init__(spec, site)
