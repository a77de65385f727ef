"""An activation of which only `forward` is written."""

from __future__ import annotations

from netspec import Activation, Array

from .pullback import pullback

__all__ = ["ForwardOnlyActivation"]


class ForwardOnlyActivation(Activation):
    """A function without parameters: `forward`, written with `autograd.numpy`, is all that it takes.

    Going backward, `forward` is computed once more, this time followed by autograd.
    """

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        _, back = pullback(self.name or self.type, self.forward, [x], [0])
        (delta,) = back(grad, [0])
        return delta
