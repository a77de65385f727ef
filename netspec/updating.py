"""The step of an optimizer over all parameters: gradients are collected, looked at, then applied."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .arrays import Array, Gradients, Product, finite, is_small, row_of, shaped
from .kinds import Optimizer, Regularizer

__all__ = ["Updater"]

# Steps from one sweep of the slots to the next, and how far above the smallest normal number of its
# dtype a value is swept: a mean that keeps 0.9 of itself falls by so much in so many steps.
_SWEEP = 64
_FAINT = 1e3


class Updater:
    """The parameters of a network, the optimizer's slots for them, and how they move together.

    The small parameters of an elementwise optimizer lie in one vector, the arena, so that a step is
    one pass over it instead of one over each. Neither layers nor optimizers notice. Where they lie one
    behind the other already, as in a network that was built in one go, that is the arena; else it is
    a copy, and what moved is written back.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        params: Mapping[str, Array],
        penalties: Mapping[str, Regularizer],
    ) -> None:
        self.optimizer = optimizer
        clipping = optimizer.spec.clipping()
        self._clipping = clipping if clipping else None
        self._params = dict(params)
        self._penalties = penalties
        small = [p for p, a in params.items() if optimizer.elementwise and is_small(a)]
        self._packed = small if len(small) > 1 else []
        packed = set(self._packed)
        self._large = [path for path in params if path not in packed]
        self._slots = {path: self._new_slots(params[path]) for path in self._large}
        self._fills: list[tuple[str, Array, Array | None]] = []
        self._copies: list[tuple[Array, Array]] = []
        self._arena_slots: dict[str, Array] = {}
        if self._packed:
            self._pack()

    def _new_slots(self, parameter: Array) -> dict[str, Array]:
        """Slots in the memory order of their parameter: passes over both then read in order."""
        slots = self.optimizer.slots(parameter.shape, parameter.dtype)
        turned = parameter.flags.fnc
        return {k: np.asfortranarray(a) if turned else a for k, a in slots.items()}

    def _pack(self) -> None:
        params = [self._params[path] for path in self._packed]
        total, dtype = sum(array.size for array in params), params[0].dtype
        row = row_of(params)
        self._arena = np.empty(total, dtype) if row is None else row
        self._arena_gradient = np.empty(total, dtype)
        self._arena_slots = self.optimizer.slots((total,), dtype)
        if row is None:
            self._copies = list(zip(params, self._split(self._arena).values(), strict=True))
        for path, view in self._split(self._arena_gradient).items():
            self._fills.append((path, view, view.T if view.flags.fnc else None))
        self.refresh()

    def _split(self, flat: Array) -> dict[str, Array]:
        """The pieces of a vector, each in the shape and memory order of its parameter."""
        views, start = {}, 0
        for path in self._packed:
            parameter = self._params[path]
            piece = flat[start : start + parameter.size]
            views[path] = shaped(piece, parameter)
            start += parameter.size
        return views

    def refresh(self) -> None:
        """Read the parameters anew, after somebody else has written them."""
        for parameter, copy in self._copies:
            copy[...] = parameter

    def apply(self, gradients: Gradients, rate: float, t: int) -> bool:
        """Move every parameter by one step; False, and nothing moved, where a gradient is not finite.

        `gradients` are the loop's own from here on.
        """
        for path, penalty in self._penalties.items():
            parameter = self._params[path]
            gradients[path] = np.asarray(gradients[path]) + penalty.gradient(parameter)
        if self._clipping and not self._clipping.clip(gradients):
            return False
        for path, view, turned in self._fills:
            gradient = gradients[path]
            # A product is small here: one call of `dot` is the least work.
            if not isinstance(gradient, Product):
                view[...] = gradient
            elif turned is None:
                gradient.left.dot(gradient.right, view)
            else:
                gradient.right.T.dot(gradient.left.T, turned)
        if self._packed and not finite(self._arena_gradient):
            return False
        for path in self._large:
            if not finite(gradients[path]):
                return False
        if self._packed:
            self.optimizer.update(self._arena, self._arena_gradient, self._arena_slots, rate, t)
            for parameter, copy in self._copies:
                parameter[...] = copy
        for path in self._large:
            self.optimizer.update(self._params[path], gradients[path], self._slots[path], rate, t)
        if t % _SWEEP == 0:
            for slots in (self._arena_slots, *self._slots.values()):
                for slot in slots.values():
                    _sweep(slot)
        return True

    def penalty(self) -> float:
        """The sum of the penalties of all parameters."""
        return float(sum(p.value(self._params[path]) for path, p in self._penalties.items()))

    def slots(self) -> dict[str, Array]:
        """Every slot by `path/slot`; arrays of the arena are views into it."""
        named = {f"{path}/{k}": a for path, slots in self._slots.items() for k, a in slots.items()}
        for key, flat in self._arena_slots.items():
            named.update({f"{path}/{key}": a for path, a in self._split(flat).items()})
        return named

    def restore(self, slots: Mapping[str, Array]) -> None:
        """Take slots back that `slots` gave, and read the parameters anew."""
        for name, array in self.slots().items():
            array[...] = slots[name]
        self.refresh()


def _sweep(slot: Array) -> None:
    """Let what has faded become 0.

    The mean of a gradient that stays away shrinks until it is subnormal, never to 0; over subnormal
    numbers many processors take a hundred times as long, and a whole training twice.
    """
    if slot.dtype.kind == "f":
        slot[np.abs(slot) < np.finfo(slot.dtype).tiny * _FAINT] = 0
