"""A metric: one number about many outputs, exact over all of them."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec.arrays import Array
from netspec.spec import Component, Name

__all__ = ["Metric"]


class Metric(Component, kind="metric"):
    """One number about all samples together, not an average of the averages of batches.

    What was seen is a value that `observe` takes and gives (None at first), so that a metric keeps
    nothing itself; it must be numbers, arrays, or tuples and dicts of them. `listed` is True where
    the value is a list, which can be printed and not monitored.
    """

    better: ClassVar[Literal["higher", "lower"]] = "higher"
    listed: ClassVar[bool] = False

    name: Name = Field(default="", description="its key in the history; else its type")

    @property
    def key(self) -> str:
        """The key in the history: the name, or the type where there is none."""
        return self.name or self.type

    def check(self, output_shape: tuple[int, ...]) -> None:
        """Raise SpecError where outputs of this shape, without the batch axis, have no such metric."""

    @abstractmethod
    def observe(self, seen: Any, output: Array, target: Array, weight: Array | None) -> Any:
        """What was seen with these samples added."""

    @abstractmethod
    def value(self, seen: Any) -> float | list[float]:
        """The metric of all that was seen: a number, or a list where the class says `listed`."""
