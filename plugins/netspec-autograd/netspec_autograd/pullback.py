"""A formula's value, and the way back through it that autograd finds while it is computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from autograd.tracer import isbox, new_box

from netspec import Array, PluginError

from .node import Node, slopes

__all__ = ["Formula", "Pullback", "called", "pullback"]

Formula = Callable[..., Array]
Pullback = Callable[[Array, Sequence[int]], list[Array]]
"""From ∂L/∂y, and the places of some arrays among the formula's, to ∂L/∂a for each of them."""

# autograd numbers what it follows from 0 on, counting for the whole process. Below all of these, and
# above the −1 of what nobody follows, a formula needs no number of its own: threads share nothing.
_TRACE = -0.5

_WAY_OUT = (
    "take every function of arrays from autograd.numpy, write into no array, and turn none into "
    "Python's or numpy's own numbers"
)


def pullback(
    what: str, formula: Formula, arrays: Sequence[Array], places: Sequence[int]
) -> tuple[Array, Pullback]:
    """y = `formula(*arrays)`, and the way back from it to the arrays at these places.

    It may be gone more than once, and each time gives arrays that share no memory, in the shapes and
    dtypes of those that they belong to. Raises PluginError, about `what`, where autograd cannot follow
    the formula.
    """
    roots = {place: Node.new_root(arrays[place], 1 << place) for place in places}
    boxes = list(arrays)
    for place, root in roots.items():
        boxes[place] = new_box(np.asarray(arrays[place]), _TRACE, root)
    y = called(what, formula, boxes, arrays)
    # numpy's own functions put boxes into an array of objects.
    if not isbox(y) or getattr(y._value, "dtype", None) == np.dtype(object):
        raise PluginError(f"{what}: autograd lost its forward on the way to the output", _WAY_OUT)

    def back(grad: Array, wanted: Sequence[int]) -> list[Array]:
        found = slopes(y._node, grad, sum(1 << place for place in wanted))
        given = [grad]
        for place in wanted:
            slope = found.get(roots[place])
            if slope is None:
                slope = np.zeros_like(arrays[place])
            elif any(np.may_share_memory(slope, other) for other in given):
                slope = slope.copy()
            given.append(slope)
        return given[1:]

    return y._value, back


def called(what: str, formula: Formula, given: Sequence[Any], arrays: Sequence[Array]) -> Any:
    """`formula(*given)`, where what is given stands for the arrays: boxes, or views to be read only.

    What the formula raises for copies of the arrays too is its own fault, and is raised as it is; the
    rest is a PluginError about `what`.
    """
    try:
        return formula(*given)
    except Exception as error:
        formula(*(array.copy() for array in arrays))
        said = str(error).partition("\n")[0]
        raise PluginError(f"{what}: its forward cannot be followed: {said}", _WAY_OUT) from error
