"""Global max pooling over sequences: the largest value of each channel."""

from __future__ import annotations

from typing import ClassVar, Literal

from netspec import LayerSpec, Shape, Site

from .fields import sequence
from .global_pooling import GlobalMaxLayer

__all__ = ["GlobalMaxPool1d", "GlobalMaxPool1dLayer"]


class GlobalMaxPool1d(LayerSpec):
    """y[c] = max x[t, c] over all t: `(N, length, C)` to `(N, C)`.

    Of equal values the first gets the gradient. PyTorch's `AdaptiveMaxPool1d(1)` with channels
    last.
    """

    formula: ClassVar[str] = "y[c] = max x[t, c]"
    example_shape: ClassVar[Shape] = (5, 2)

    type: Literal["global_max_pool1d"] = "global_max_pool1d"

    def build(self, site: Site) -> GlobalMaxPool1dLayer:
        return GlobalMaxPool1dLayer(self, site)


class GlobalMaxPool1dLayer(GlobalMaxLayer[GlobalMaxPool1d]):
    """The running layer."""

    def __init__(self, spec: GlobalMaxPool1d, site: Site) -> None:
        sequence(site, spec.type)
        super().__init__(spec, site)
