"""What autograd notes of each value while a formula is computed."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

import numpy as np
from autograd.core import SparseObject, VJPNode, add_outgrads, primitive_vjps
from autograd.numpy.numpy_vjps import unbroadcast
from autograd.tracer import Node as TracerNode
from autograd.tracer import notrace_primitives
from autograd.util import toposort

from netspec import Array, Shape

__all__ = ["Node", "slopes"]


class Node(TracerNode):  # type: ignore[misc]
    """A value, and the way back from it to each of its parents.

    autograd's own node goes back to all parents at once; this one to those that lead to a root which
    somebody wants. `reach` has a bit for every root that the value was computed from.
    """

    __slots__ = ("dtype", "parents", "reach", "shape", "ways")

    def __init__(
        self, value: Any, fun: Any, args: Any, kwargs: Any, argnums: Any, parents: Any
    ) -> None:
        if fun not in primitive_vjps:
            raise NotImplementedError(f"autograd has no derivative of {fun.__name__}")
        is_array = isinstance(value, np.ndarray | np.generic)
        self.shape: Shape | None = value.shape if is_array else None
        self.dtype: np.dtype[Any] | None = value.dtype if is_array else None
        self.parents = parents
        self.reach = reduce(or_, (parent.reach for parent in parents))
        self.ways = [primitive_vjps[fun]((n,), value, args, kwargs) for n in argnums]

    def initialize_root(self, value: Array, reach: int) -> None:
        self.shape, self.dtype, self.reach = value.shape, value.dtype, reach
        self.parents, self.ways = (), []

    def fitted(self, slope: Any) -> Any:
        """The slope in the shape and dtype of the value; a list, as split gives one, has neither.

        autograd leaves the slope of `where` as large as its output, and makes that of `maximum` and
        others float64 whatever the values are.
        """
        if self.shape is None or isinstance(slope, SparseObject):
            return slope
        if np.shape(slope) != self.shape:
            slope = unbroadcast(slope, (self.shape, len(self.shape), self.dtype, False))
        return np.asarray(slope, self.dtype)


# The functions without a slope, such as sign and floor, are known by the class of the node.
notrace_primitives[Node] = notrace_primitives[VJPNode]


def slopes(end: Node, grad: Array, wanted: int) -> dict[Node, Array]:
    """∂L/∂a for every root a in `wanted`, bit by bit, that `end` was computed from."""
    arriving = {end: (grad, False)}
    found = {}
    for node in toposort(end):
        if not node.reach & wanted:
            continue
        slope, _ = arriving.pop(node)
        if not node.parents:
            found[node] = slope
        for parent, way in zip(node.parents, node.ways, strict=True):
            if parent.reach & wanted:
                (part,) = way(slope)
                arriving[parent] = add_outgrads(arriving.get(parent), parent.fitted(part))
    return found
