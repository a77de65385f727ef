"""An optimizer: how a parameter follows its gradient."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar, Generic

from pydantic import Discriminator, Field, Tag
from typing_extensions import TypeVar

from netspec.arrays import Array, Gradient, Shape
from netspec.spec import Component

from .schedule import Clock, Schedule

__all__ = ["Optimizer", "OptimizerSpec", "Rate"]


def _branch(value: Any) -> str:
    return "<schedule>" if isinstance(value, str | dict | Schedule) else "<number>"


Rate = Annotated[
    Annotated[float, Field(gt=0), Tag("<number>")] | Annotated[Schedule, Tag("<schedule>")],
    Discriminator(_branch),
]
"""A learning rate: a number above 0, or a schedule."""


class OptimizerSpec(Component, kind="optimizer"):
    """What a document says of an optimizer."""

    learning_rate: Rate

    @abstractmethod
    def build(self) -> Optimizer:
        """The running optimizer."""

    def rate(self, clock: Clock) -> float:
        """The learning rate at this clock."""
        rate = self.learning_rate
        return rate.rate(clock) if isinstance(rate, Schedule) else rate


_O = TypeVar("_O", bound=OptimizerSpec, default=OptimizerSpec, covariant=True)


class Optimizer(ABC, Generic[_O]):
    """The rule of one step. The loop owns its arrays, the slots, one set a parameter.

    `elementwise` promises that every value of a parameter moves by its own gradient and slots alone,
    blind to the shape; the loop may then lay many parameters out as one vector.
    """

    elementwise: ClassVar[bool] = False

    def __init__(self, spec: _O) -> None:
        self.spec = spec

    def slots(self, shape: Shape, dtype: Any) -> dict[str, Array]:
        """The arrays that the rule remembers for a parameter of this shape, as they start."""
        return {}

    @abstractmethod
    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        """Move `parameter` and `slots` by one step, in place. `t` counts the steps from 1.

        The gradient may be a `Product` or `Rows`: `np.asarray(gradient)` multiplies it out, `blend`
        adds it without. It is the loop's own and may be overwritten.
        """
