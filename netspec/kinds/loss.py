"""A loss: how wrong an output is, sample by sample."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from netspec.arrays import Array
from netspec.spec import Component

__all__ = ["Loss"]


class Loss(Component, kind="loss"):
    """How wrong one output is. The network averages over the samples, Σwl / Σw, and weighs.

    `output` is `(N, …)`. `target` has the output's shape and dtype, or it holds class indices,
    integers of the output's shape without its last axis.

    A loss that computes a last activation and itself together, stably, names the activation's type
    in `absorbs` and has a field `logits: bool`: where it is true, `output` is what the activation
    would have been given. The network then calls the `logits=True` copy with the tail's input.
    A loss that absorbs none and makes sense for probabilities only says `takes = "probabilities"`;
    a last layer that does not give them is refused.
    """

    absorbs: ClassVar[str] = ""
    takes: ClassVar[str] = ""

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
