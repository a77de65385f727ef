"""A loss: how wrong an output is, sample by sample."""

from __future__ import annotations

from abc import abstractmethod
from math import isinf
from typing import Any, ClassVar

import numpy as np

from netspec.arrays import Array, Shape, size
from netspec.errors import DataError
from netspec.spec import Component

__all__ = ["Loss"]

_CHUNK = 2**22


class Loss(Component, kind="loss"):
    """How wrong one output is. The network averages over the samples, Σwl / Σw, and weighs.

    `output` is `(N, …)`. `target` has the output's shape and dtype, or it holds class indices,
    integers of the output's shape without its last axis.

    A loss that computes a last activation and itself together, stably, names the activation's type
    in `absorbs` and has a field `logits: bool`: where it is true, `output` is what the activation
    would have been given. The network then calls the `logits=True` copy with the tail's input.
    A loss that absorbs none and makes sense for probabilities only says `takes = "probabilities"`;
    a last layer that does not give them is refused. Where it makes sense for some targets only,
    `bounds` are the least and the most that one may be, if it is no class index.
    """

    absorbs: ClassVar[str] = ""
    takes: ClassVar[str] = ""
    bounds: ClassVar[tuple[float, float] | None] = None

    def check_targets(self, targets: Any, output_shape: Shape, what: str) -> None:
        """Raise DataError where one of all targets, `(N, …)`, is out of bounds, naming its row."""
        shape = tuple(targets.shape)[1:]
        are_indices = shape != output_shape and output_shape[-1] != 1
        if self.bounds is None or are_indices:
            return
        low, high = self.bounds
        rows = max(1, _CHUNK // max(1, size(shape)))
        for start in range(0, len(targets), rows):
            chunk = np.asarray(targets[start : start + rows])
            wrong = np.argwhere((chunk < low) | (chunk > high))
            if wrong.size:
                row = start + int(wrong[0][0])
                bounds = f"of at least {low}" if isinf(high) else f"from {low} to {high}"
                raise DataError(
                    f"{what} is {chunk[tuple(wrong[0])]} in row {row} (counted from 0)",
                    f"the loss {self.type} takes numbers {bounds}",
                )

    @abstractmethod
    def value(self, output: Array, target: Array) -> Array:
        """The loss of each sample, `(N,)`."""

    @abstractmethod
    def gradient(self, output: Array, target: Array) -> Array:
        """∂(loss of the sample) / ∂output, a new array of the output's shape."""

    def both(self, output: Array, target: Array) -> tuple[Array, Array, Array | None]:
        """The value, the gradient, and what the absorbed activation gives, where it came along.

        A loss whose three share work computes them together here, to the same bits. It is called
        where numpy's warnings are silenced.
        """
        return self.value(output, target), self.gradient(output, target), None

    def weights(self, target: Array) -> Array | None:
        """The class weight of each sample, `(N,)`, or None where all weigh the same."""
        return None
