"""What losses share that compare an output with its target row by row, over the last axis."""

from __future__ import annotations

from abc import abstractmethod
from math import prod
from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import Array, Loss
from netspec.builtins.targets import like_output

__all__ = ["RowLoss"]


class RowLoss(Loss):
    """A loss that is one term for each row: a subclass writes `terms` and `slopes`.

    Outputs are `(N, …, features)`; where there are positions between, `reduction` is over them.
    Class indices stand for one-hot targets.
    """

    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"reduction": "sum"})

    reduction: Literal["mean", "sum"] = Field(
        default="mean", description="over the positions of one sample, where it has any"
    )

    def value(self, output: Array, target: Array) -> Array:
        terms = self.terms(output, like_output(target, output))
        positions = prod(terms.shape[1:])
        values: Array = terms.reshape(len(terms), positions).sum(axis=1)
        return values / positions if self.reduction == "mean" else values

    def gradient(self, output: Array, target: Array) -> Array:
        slopes = self.slopes(output, like_output(target, output))
        if self.reduction == "mean":
            slopes *= 1 / prod(output.shape[1:-1])
        return slopes

    @abstractmethod
    def terms(self, output: Array, target: Array) -> Array:
        """The loss of each row, `(N, …)`."""

    @abstractmethod
    def slopes(self, output: Array, target: Array) -> Array:
        """The derivative of each term by its row, a new array of the output's shape."""
