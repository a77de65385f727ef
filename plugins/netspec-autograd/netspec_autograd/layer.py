"""A layer of which only `forward` is written."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

from netspec import Array, Gradients, Layer, LayerSpec, PluginError, Site, SpecError, Tape

from .pullback import called, pullback

__all__ = ["ForwardOnly", "ForwardOnlyLayer"]


class ForwardOnly(LayerSpec):
    """A layer that is a formula: y = f(x, parameters), without state, randomness or inner layers.

    `parameters` says what it learns, and `forward` is the formula, written with `autograd.numpy`. The
    shape of the output is found by asking it for a batch of no samples. A field
    `<parameter>_regularizer` is that parameter's penalty.
    """

    @abstractmethod
    def parameters(self, site: Site) -> dict[str, Array]:
        """The arrays that training changes, by the names that `forward` takes them by.

        Raises SpecError where the input does not fit.
        """

    @abstractmethod
    def forward(self, x: Array, *args: Any, **params: Any) -> Array:
        """The output, `(N, …)`, for `x`, `(N, *input_shape)`, and the parameters by name."""

    def build(self, site: Site) -> ForwardOnlyLayer:
        return ForwardOnlyLayer(self, site)


class ForwardOnlyLayer(Layer[ForwardOnly]):
    """The running layer of every formula. Its tape holds autograd's way back."""

    def __init__(self, spec: ForwardOnly, site: Site) -> None:
        super().__init__(spec, site)
        self.params.update(spec.parameters(site))
        for key in self.params:
            if penalty := getattr(spec, f"{key}_regularizer", None):
                self.penalties[key] = penalty
        nothing = np.zeros((0, *site.input_shape), site.input_dtype)
        try:
            with np.errstate(all="ignore"):  # an empty site's arrays hold anything
                y = self._computed(self._given(nothing))
        except (ValueError, IndexError) as error:
            raise SpecError(
                f"the forward of {spec.type} fails for an input of shape {site.input_shape}: {error}",
                "let parameters(site) raise SpecError for inputs that do not fit",
            ) from error
        self.output_shape = getattr(y, "shape", ())[1:]
        self._check(y, nothing)

    def forward(self, x: Array, tape: Tape) -> Array:
        places = [0] if x.dtype.kind == "f" else []
        places += self._learned()
        arrays = self._given(x)
        if tape.keeps and places:
            y, back = pullback(self._what, self._formula, arrays, places)
            tape.save(self, back)
        else:
            y = self._computed(arrays)
        self._check(y, x)
        return y

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        wants_input = tape.wants_input_gradient and self.input_dtype.kind == "f"
        wanted = [0] * wants_input + self._learned()
        if not wanted:
            return None, {}
        (back,) = tape.load(self)
        found = back(grad, wanted)
        delta = found.pop(0) if wants_input else None
        return delta, dict(zip(self.trainable_keys(), found, strict=True))

    def _given(self, x: Array) -> list[Array]:
        """The formula's arrays, to be read only: `x += 1` writes into an array, but not into a box."""
        views = [array.view() for array in (x, *self.params.values())]
        for view in views:
            view.flags.writeable = False
        return views

    def _computed(self, arrays: list[Array]) -> Array:
        return called(self._what, self._formula, arrays, arrays)

    def _formula(self, x: Array, *values: Array) -> Array:
        return self.spec.forward(x, **dict(zip(self.params, values, strict=True)))

    def _learned(self) -> list[int]:
        """The places of the parameters that training changes, among the formula's arrays."""
        learned = set(self.trainable_keys())
        return [place for place, key in enumerate(self.params, 1) if key in learned]

    def _check(self, y: Array, x: Array) -> None:
        """Raise PluginError where the output is not what a layer gives."""
        if not isinstance(y, np.ndarray | np.generic):
            raise PluginError(
                f"{self._what}: forward gives a {type(y).__name__}, no array", "return one array"
            )
        right = (len(x), *self.output_shape)
        if y.shape != right or y.dtype != self.output_dtype:
            raise PluginError(
                f"{self._what}: forward gives {y.shape} {y.dtype} instead of "
                f"{right} {self.output_dtype}",
                "the first axis is the samples'; a number of numpy's, as np.sqrt(2), makes float64",
            )

    @property
    def _what(self) -> str:
        return f"{self.path or 'the layer'} ({self.spec.type})"
