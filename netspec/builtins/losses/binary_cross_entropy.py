"""Binary cross-entropy: how surprised a probability is by what happened, value by value."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array
from netspec.builtins.stable import sigmoid, softplus

from .elementwise import ElementwiseLoss

__all__ = ["BinaryCrossEntropy"]

# PyTorch's bounds, for probabilities that are 0 or 1 in truth.
_LOWEST_LOG = -100.0
_LOWEST_VARIANCE = 1e-12


class BinaryCrossEntropy(ElementwiseLoss):
    """−y log p − (1 − y) log(1 − p), reduced over the outputs of one sample; y from 0 to 1.

    The output holds probabilities: a last `sigmoid` is absorbed, so that the loss and its gradient,
    σ(z) − y, are exact for logits of any size. With `logits` the output is z itself. Without a
    sigmoid to absorb, log p is bounded by −100. PyTorch's `BCELoss` and `BCEWithLogitsLoss`.
    """

    formula: ClassVar[str] = "l = mean (−y log p − (1 − y) log(1 − p))"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (*ElementwiseLoss.examples, {"logits": True})
    absorbs: ClassVar[str] = "sigmoid"
    bounds: ClassVar[tuple[float, float] | None] = (0, 1)

    type: Literal["binary_cross_entropy"] = "binary_cross_entropy"
    logits: bool = Field(default=False, description="the output is what a sigmoid would be given")

    def terms(self, output: Array, target: Array) -> Array:
        if self.logits:
            terms = softplus(output)
            terms -= output * target
            return terms
        with np.errstate(divide="ignore"):
            yes = np.maximum(np.log(output), _LOWEST_LOG)
            no = np.maximum(np.log1p(-output), _LOWEST_LOG)
        return -(target * yes + (1 - target) * no)

    def slopes(self, output: Array, target: Array) -> Array:
        if self.logits:
            slopes = sigmoid(output)
            slopes -= target
            return slopes
        variance = np.maximum(output * (1 - output), _LOWEST_VARIANCE)
        return (output - target) / variance
