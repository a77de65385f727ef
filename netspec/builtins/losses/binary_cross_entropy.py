"""Binary cross-entropy: how surprised a probability is by what happened, value by value."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array
from netspec.builtins.stable import fallen
from netspec.builtins.targets import like_output

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

    def both(self, output: Array, target: Array) -> tuple[Array, Array, Array | None]:
        """Value and gradient of logits from one exp(−|z|)."""
        if not self.logits:
            return super().both(output, target)
        small, miss = fallen(output), _miss(output, like_output(target, output))
        values = self.reduced(_terms(output, small, miss))
        slopes, share = _slopes(output, small, miss), self.share(output)
        return values, slopes if share == 1 else np.multiply(slopes, share, slopes), None

    def terms(self, output: Array, target: Array) -> Array:
        if self.logits:
            return _terms(output, fallen(output), _miss(output, target))
        with np.errstate(divide="ignore"):
            yes = np.maximum(np.log(output), _LOWEST_LOG)
            no = np.maximum(np.log1p(-output), _LOWEST_LOG)
        return -(target * yes + (1 - target) * no)

    def slopes(self, output: Array, target: Array) -> Array:
        if self.logits:
            return _slopes(output, fallen(output), _miss(output, target))
        variance = np.maximum(output * (1 - output), _LOWEST_VARIANCE)
        return (output - target) / variance


def _miss(z: Array, target: Array) -> Array:
    """How far the target is from what σ(z) is near to: 1 where z ≥ 0, else 0."""
    return np.subtract(z >= 0, target, dtype=z.dtype)


def _terms(z: Array, small: Array, miss: Array) -> Array:
    """|miss| |z| + log(1 + exp(−|z|)): log(1 + exp(z)) − y z would cancel."""
    terms = np.abs(miss)
    terms *= np.abs(z)
    terms += np.log1p(small)
    return terms


def _slopes(z: Array, small: Array, miss: Array) -> Array:
    """miss ∓ σ(−|z|): σ(z) − y would cancel. It writes over `small` and `miss`."""
    small /= 1 + small
    # With the sign of z, where −0 counts as 0.
    miss -= np.copysign(small, z + 0.0, out=small)
    return miss
