"""Global average pooling over sequences: the mean of each channel."""

from __future__ import annotations

from typing import ClassVar, Literal

from netspec import LayerSpec, Shape, Site

from .fields import sequence
from .global_pooling import GlobalMeanLayer

__all__ = ["GlobalAvgPool1d", "GlobalAvgPool1dLayer"]


class GlobalAvgPool1d(LayerSpec):
    """y[c] = Σ x[t, c] / length: `(N, length, C)` to `(N, C)`.

    PyTorch's `AdaptiveAvgPool1d(1)` with channels last.
    """

    formula: ClassVar[str] = "y[c] = mean x[t, c]"
    example_shape: ClassVar[Shape] = (5, 2)

    type: Literal["global_avg_pool1d"] = "global_avg_pool1d"

    def build(self, site: Site) -> GlobalAvgPool1dLayer:
        return GlobalAvgPool1dLayer(self, site)


class GlobalAvgPool1dLayer(GlobalMeanLayer[GlobalAvgPool1d]):
    """The running layer."""

    def __init__(self, spec: GlobalAvgPool1d, site: Site) -> None:
        sequence(site, spec.type)
        super().__init__(spec, site)
