"""An optimizer: how a parameter follows its gradient."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar, Generic, Self

from pydantic import Discriminator, Field, Tag, model_validator
from typing_extensions import TypeVar

from netspec.arrays import Array, Gradient, Shape
from netspec.clipping import Clipping
from netspec.errors import SpecError
from netspec.spec import Component
from netspec.wording import is_number

from .schedule import Clock, Schedule

__all__ = ["Optimizer", "OptimizerSpec", "Rate"]


def _branch(value: Any) -> str:
    named = isinstance(value, str) and not is_number(value)
    return "<schedule>" if named or isinstance(value, dict | Schedule) else "<number>"


Rate = Annotated[
    Annotated[float, Field(gt=0), Tag("<number>")] | Annotated[Schedule, Tag("<schedule>")],
    Discriminator(_branch),
]
"""A learning rate: a number above 0, or a schedule."""


class OptimizerSpec(Component, kind="optimizer"):
    """What a document says of an optimizer.

    At most one of three bounds is given; the loop cuts the gradients back to it before a step.
    """

    learning_rate: Rate
    clip_value: float | None = Field(
        default=None, gt=0, description="the bound of every value of a gradient"
    )
    clip_norm: float | None = Field(
        default=None, gt=0, description="the bound of the length of each parameter's gradient"
    )
    clip_global_norm: float | None = Field(
        default=None, gt=0, description="the bound of the length of all gradients as one vector"
    )

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if sum(bound is not None for bound in self.clipping()) > 1:
            raise SpecError(
                "the gradients are clipped in more than one way",
                "give one of clip_value, clip_norm and clip_global_norm",
            )
        return self

    def clipping(self) -> Clipping:
        """How far gradients may go."""
        return Clipping(self.clip_value, self.clip_norm, self.clip_global_norm)

    @abstractmethod
    def build(self) -> Optimizer:
        """The running optimizer."""

    def rate(self, clock: Clock) -> float:
        """The learning rate at this clock."""
        rate = self.learning_rate
        return float(rate.rate(clock)) if isinstance(rate, Schedule) else rate


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
        """The arrays that the rule remembers for a parameter of this shape, as they start.

        What fades to less than a thousand times the smallest normal number of its dtype, the loop
        lets become 0, every 64 steps: processors are slow at subnormal numbers.
        """
        return {}

    @abstractmethod
    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        """Move `parameter` and `slots` by one step, in place. `t` counts the steps from 1.

        The gradient may be a `Product` or `Rows`: `np.asarray(gradient)` multiplies it out, `blend`
        adds it without. It is the loop's own and may be overwritten.
        """
