"""Flatten: all axes of a sample become one."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from netspec import LayerSpec, Site

from .reshape import ReshapeLayer

__all__ = ["Flatten"]


class Flatten(LayerSpec):
    """y = x in one axis, the last axis running fastest: `(N, a, b, …)` to `(N, a · b · …)`.

    It takes numbers of any dtype and keeps it. PyTorch's `Flatten`.
    """

    accepts: ClassVar[str] = "fiub"
    formula: ClassVar[str] = "y = x, in one axis"
    example_shape: ClassVar[tuple[int, ...]] = (2, 3)

    type: Literal["flatten"] = "flatten"

    def build(self, site: Site) -> ReshapeLayer:
        return ReshapeLayer(self, site, (math.prod(site.input_shape),))
