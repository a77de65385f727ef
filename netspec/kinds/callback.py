"""A callback: what looks at a training between its steps and may stop it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Protocol

from typing_extensions import TypeVar

from netspec.arrays import Array
from netspec.spec import Component

if TYPE_CHECKING:
    from netspec.chain import Chain

__all__ = ["Callback", "CallbackSpec", "TrainingView"]


class TrainingView(Protocol):
    """What a callback may see of a training, and do to it."""

    @property
    def network(self) -> Chain: ...
    @property
    def step(self) -> int: ...
    @property
    def epoch(self) -> int: ...
    @property
    def records(self) -> list[dict[str, Any]]: ...
    @property
    def folder(self) -> Path | None: ...

    def last_rate(self) -> float:
        """The learning rate of the step that was made last, within an epoch."""

    def stop(self, reason: str) -> None:
        """End the training after this step or epoch; `reason` becomes `Run.ended`."""

    def scale_rate(self, factor: float) -> None:
        """Multiply every learning rate from here on."""

    def offer(self, weights: Mapping[str, Array]) -> None:
        """Offer arrays by path; copies of the last that were offered become the model.

        Raises PluginError for a path that the network does not have, and for another shape.
        """

    def better(self, key: str) -> Literal["higher", "lower"]:
        """Whether more of this key of the history is better."""

    def weights(self) -> dict[str, Array]:
        """A copy of every array of the network by its path: parameters and state."""


class CallbackSpec(Component, kind="callback"):
    """What a document says of a callback.

    `files` are the names, or patterns of names, of what it writes into the folder of a run.
    """

    files: ClassVar[tuple[str, ...]] = ()

    def restoring(self) -> bool:
        """Whether it offers the weights that become the model; only one callback may."""
        return False

    def monitors(self) -> str:
        """The key of the history that it looks at, or an empty string."""
        return ""

    @abstractmethod
    def build(self) -> Callback:
        """The running callback, as it starts."""


_C = TypeVar("_C", bound=CallbackSpec, default=CallbackSpec, covariant=True)


class Callback(ABC, Generic[_C]):
    """What looks at a training. It never writes arrays: it offers them.

    Its `state` is JSON values and arrays by name; a checkpoint holds it, so that a resumed training
    goes on as if nothing had happened.
    """

    def __init__(self, spec: _C) -> None:
        self.spec = spec
        self.state: dict[str, Any] = {}

    def before(self, training: TrainingView) -> None:
        """Called once a process, before the first step, also after a resume."""

    def after_step(self, training: TrainingView, loss: float) -> None:
        """Called after each step of the optimizer with the loss of its last batch.

        Where a plan accumulates, several batches are one step; a batch of weight 0 is none.
        """

    def after_epoch(self, training: TrainingView, record: Mapping[str, Any]) -> None:
        """Called after each epoch with its line of the history."""

    def after(self, training: TrainingView) -> None:
        """Called once, when the training has ended by itself."""
