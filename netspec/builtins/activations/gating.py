"""What activations share that let a gradient through at some places, and not at others."""

from __future__ import annotations

from netspec import Array

__all__ = ["gated"]


def gated(grad: Array, passes: Array) -> Array:
    """The gradient where `passes` is true, 0 elsewhere: a new array.

    In two passes, as numpy multiplies numbers by booleans at half the speed.
    """
    dx = passes.astype(grad.dtype)
    dx *= grad
    return dx
