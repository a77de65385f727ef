"""What one forward pass leaves behind for its backward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from .arrays import Array, Gradients
from .errors import PluginError
from .streams import Purpose, stream

if TYPE_CHECKING:
    import numpy as np

    from .layer import Layer

__all__ = ["Seen", "Tape", "Watch"]


class Seen(NamedTuple):
    """What a watcher is told of one layer: forward its input and output, backward its deltas."""

    layer: Layer
    forward: bool
    input: Array | None
    output: Array | None
    gradients: Gradients | None = None


Watch = Callable[[Seen], None]


class Tape:
    """The memory of one pass through a chain, so that layers need none of their own.

    `training`: dropout drops and batch normalisation measures. `keeps`: whether a backward pass will
    follow; in a prediction nothing is saved. `wants_input_gradient`: whether somebody before the
    layer that runs backward needs the gradient of its input; where not, it may return None.
    """

    __slots__ = (
        "_changes",
        "_saved",
        "keeps",
        "seed",
        "step",
        "training",
        "wants_input_gradient",
        "watch",
    )

    def __init__(
        self,
        *,
        training: bool = False,
        keeps: bool = False,
        wants_input_gradient: bool = False,
        seed: int = 0,
        step: int = 0,
        watch: Watch | None = None,
    ) -> None:
        self.training = training
        self.keeps = keeps
        self.wants_input_gradient = wants_input_gradient
        self.seed = seed
        self.step = step
        self.watch = watch
        self._saved: dict[Layer, tuple[Any, ...]] = {}
        self._changes: list[tuple[Layer, dict[str, Array]]] = []

    def begin(self, step: int) -> None:
        """Forget the last pass: the next one is of this step."""
        self.step = step
        self._saved.clear()
        self._changes.clear()

    def save(self, layer: Layer, *values: Any) -> None:
        """Keep what the layer's backward will need."""
        if self.keeps:
            self._saved[layer] = values

    def load(self, layer: Layer) -> tuple[Any, ...]:
        """What the layer saved, in the order in which it saved it.

        Raises PluginError where its forward saved nothing.
        """
        try:
            return self._saved[layer]
        except KeyError:
            raise PluginError(
                f"{layer.path} ({layer.spec.type}): backward loads what forward did not save",
                "call tape.save(self, …) in forward",
            ) from None

    def rng(self, layer: Layer) -> np.random.Generator:
        """The layer's random numbers of this step: the same whenever the step is run again."""
        return stream(self.seed, Purpose.LAYER, layer.path, self.step)

    def change(self, layer: Layer, **state: Array) -> None:
        """Ask for new values of the layer's state; they hold once the step was found good."""
        self._changes.append((layer, state))

    def commit(self) -> None:
        """Write the changes of state that were asked for, in place."""
        for layer, state in self._changes:
            for name, value in state.items():
                layer.state[name][...] = value
        self._changes.clear()

    def changes(self) -> list[tuple[Layer, dict[str, Array]]]:
        """The changes that were asked for and are not written yet."""
        return list(self._changes)
