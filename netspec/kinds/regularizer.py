"""A regularizer: a penalty on the size of a parameter."""

from __future__ import annotations

from abc import abstractmethod

from netspec.arrays import Array
from netspec.spec import Component

__all__ = ["Regularizer"]


class Regularizer(Component, kind="regularizer"):
    """A penalty that is added to what training minimises, and never to a reported loss."""

    @abstractmethod
    def value(self, array: Array) -> float:
        """The penalty of the whole array."""

    @abstractmethod
    def gradient(self, array: Array) -> Array:
        """∂penalty / ∂array."""
