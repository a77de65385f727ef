"""What losses share that compare an output with its target value by value."""

from __future__ import annotations

from abc import abstractmethod
from math import prod
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Loss
from netspec.builtins.targets import like_output

__all__ = ["ElementwiseLoss", "Reduction"]

Reduction = Literal["mean", "sum", "half_sum"]


class ElementwiseLoss(Loss):
    """A loss that is one term for each output value: a subclass writes `terms` and `slopes`.

    `reduction` is over the values of one sample: their mean, their sum, or half their sum. Class
    indices stand for one-hot targets.
    """

    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {},
        {"reduction": "sum"},
        {"reduction": "half_sum"},
    )

    reduction: Reduction = Field(
        default="mean", description="over the outputs of one sample: mean, sum, or half_sum (½ Σ)"
    )

    def value(self, output: Array, target: Array) -> Array:
        return self.reduced(self.terms(output, like_output(target, output)))

    def gradient(self, output: Array, target: Array) -> Array:
        slopes = self.slopes(output, like_output(target, output))
        share = self.share(output)
        return slopes if share == 1 else np.multiply(slopes, share, slopes)

    @abstractmethod
    def terms(self, output: Array, target: Array) -> Array:
        """The loss of each value, a new array of the output's shape."""

    @abstractmethod
    def slopes(self, output: Array, target: Array) -> Array:
        """The derivative of each term by its output, a new array of the output's shape."""

    def reduced(self, terms: Array) -> Array:
        """The loss of each sample, `(N,)`, from that of each value."""
        flat = terms.reshape(len(terms), prod(terms.shape[1:]))
        values: Array = np.add.reduce(flat, axis=1)
        share = self.share(terms)
        return values if share == 1 else np.multiply(values, share, values)

    def share(self, output: Array) -> float:
        """What each value's term counts in its sample's loss."""
        if self.reduction == "mean":
            return 1 / max(1, prod(output.shape[1:]))
        return 0.5 if self.reduction == "half_sum" else 1.0
