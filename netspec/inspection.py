"""What a watcher of one pass can find: a layer that breaks its promises, or the first that broke."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .arrays import Array, finite
from .errors import PluginError
from .layer import Layer
from .registry import Registry
from .spec import Component
from .tape import Seen

__all__ = ["Inspector", "Sentinel", "owner"]


def owner(component: Component) -> str:
    """Who made a component: a distribution and its version, or the package where no plugin offers it."""
    cls = type(component)
    origin = Registry.installed().origin_of(cls)
    return str(origin) if origin else cls.__module__.partition(".")[0]


class Inspector:
    """Watches the first batch: shapes, dtypes, gradients' keys and memory, and that nobody writes
    into what it was given. Raises PluginError naming layer, expected and got."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self._copies: dict[int, tuple[Array, Array]] = {}

    def __call__(self, seen: Seen) -> None:
        if seen.forward:
            self._forward(seen)
        else:
            self._backward(seen)

    def keep(self, array: Array | None) -> None:
        """Remember the values of an array that is handed on, to see who writes into it."""
        if array is not None:
            self._copies[id(array)] = (array, array.copy())

    def _forward(self, seen: Seen) -> None:
        layer = seen.layer
        self._untouched(layer, "forward", seen.input)
        self._same(layer, "forward", seen.output, layer.output_shape, layer.output_dtype)
        self.keep(seen.output)

    def _backward(self, seen: Seen) -> None:
        layer = seen.layer
        self._untouched(layer, "backward", seen.output)
        if seen.input is not None:
            self._same(layer, "backward", seen.input, layer.input_shape, layer.output_dtype)
            self.keep(seen.input)
        gradients = seen.gradients or {}
        trainable = set(layer.trainable_keys())
        if not trainable <= gradients.keys() or not gradients.keys() <= layer.params.keys():
            raise self._broken(
                layer,
                f"backward gave gradients of {sorted(gradients)}",
                f"one for each of {sorted(trainable)}",
            )
        others = {
            "the gradient that it was given": seen.output,
            "the gradient of its input": seen.input,
            **{f"the parameter {key}": array for key, array in layer.params.items()},
            **{f"the state {key}": array for key, array in layer.state.items()},
        }
        for key, gradient in gradients.items():
            what, parameter = f"the gradient of {key}", layer.params[key]
            got, want = tuple(gradient.shape), parameter.shape
            if got != want or gradient.dtype != parameter.dtype:
                raise self._broken(
                    layer,
                    f"{what} has shape {got} {gradient.dtype}",
                    f"{want} {parameter.dtype}",
                )
            if isinstance(gradient, np.ndarray):
                self._alone(layer, what, gradient, others)
                others[what] = gradient

    def _alone(
        self, layer: Layer, what: str, gradient: Array, others: Mapping[str, Array | None]
    ) -> None:
        """The optimizer writes into an array that is a gradient: it may be nothing else."""
        fault = "" if gradient.flags.writeable else "cannot be written to"
        for other, array in others.items():
            if array is not None and np.shares_memory(gradient, array):
                fault = f"shares the memory of {other}"
        if fault:
            raise self._broken(layer, f"{what} {fault}", "an array of its own")

    def _same(
        self,
        layer: Layer,
        half: str,
        got: Array | None,
        shape: tuple[int, ...],
        dtype: np.dtype[np.generic],
    ) -> None:
        want = (self.rows, *shape)
        if not isinstance(got, np.ndarray):
            raise self._broken(layer, f"{half} gave a {type(got).__name__}", "an array")
        if got.shape != want or got.dtype != dtype:
            raise self._broken(
                layer, f"{half} gave shape {got.shape} {got.dtype}", f"{want} {dtype}"
            )

    def _untouched(self, layer: Layer, half: str, array: Array | None) -> None:
        kept = self._copies.get(id(array))
        if kept is not None and not np.array_equal(*kept, equal_nan=True):
            raise self._broken(
                layer, f"{half} wrote into what it was given", "a fresh array for its result"
            )

    def _broken(self, layer: Layer, got: str, want: str) -> PluginError:
        return PluginError(
            f"{layer.path} ({layer.spec.type} of {owner(layer.spec)}): {got}", f"expected {want}"
        )


class Sentinel:
    """Watches a replay, and remembers the first layer whose output or gradient is not finite."""

    def __init__(self) -> None:
        self.layer: Layer | None = None
        self.what = ""

    def __call__(self, seen: Seen) -> None:
        if self.layer is not None:
            return
        if seen.forward:
            if seen.output is not None and not finite(seen.output):
                self._found(seen.layer, "its output is not finite")
            return
        if seen.input is not None and not finite(seen.input):
            self._found(seen.layer, "the gradient of its input is not finite")
        for key, gradient in (seen.gradients or {}).items():
            if self.layer is None and not finite(gradient):
                self._found(seen.layer, f"the gradient of its {key} is not finite")

    def _found(self, layer: Layer, what: str) -> None:
        self.layer, self.what = layer, what
