"""Cross-entropy: how surprised a distribution over classes is by the class that came."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from netspec import Array, Loss, Many, SpecError, column_sums
from netspec.builtins.stable import below_max, log_probabilities, logarithm, row_sum, softmax
from netspec.builtins.targets import are_indices, one_hot

__all__ = ["CrossEntropy"]

_SHORT = 64


class CrossEntropy(Loss):
    """−Σ y log p over the last axis, `(N, …, classes)`; y is an index, one-hot or a distribution.

    The output holds probabilities: a last `softmax` is absorbed, so that the loss and its gradient,
    softmax(z) − y, are exact for logits of any size. With `logits` the output is z itself. Where
    there are positions between batch and classes, `reduction` is over them.

    `label_smoothing` ε turns y into (1 − ε) y + ε / classes. `class_weights` weigh a sample by its
    class (of a distribution: by the expected weight), above and below the line of the average. As
    in PyTorch's `CrossEntropyLoss`, except that smoothing does not smooth the weights.
    """

    formula: ClassVar[str] = "l = −Σ y log p"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {},
        {"logits": True},
        {"reduction": "sum"},
        {"label_smoothing": 0.1},
        {"logits": True, "label_smoothing": 0.1, "class_weights": [1.0, 2.0, 0.5]},
    )
    absorbs: ClassVar[str] = "softmax"
    bounds: ClassVar[tuple[float, float] | None] = (0, 1)

    type: Literal["cross_entropy"] = "cross_entropy"
    logits: bool = Field(default=False, description="the output is what a softmax would be given")
    reduction: Literal["mean", "sum"] = Field(
        default="mean", description="over the positions of one sample, where it has any"
    )
    label_smoothing: float = Field(
        default=0.0, ge=0, lt=1, description="the share of the target spread over all classes"
    )
    class_weights: Many[Annotated[float, Field(ge=0)]] | None = Field(
        default=None, description="one weight a class; none: all weigh the same"
    )

    @model_validator(mode="after")
    def _weigh_something(self) -> Self:
        if self.class_weights is not None and not any(self.class_weights):
            raise SpecError(
                "every class weighs 0", "weigh at least one class", path=("class_weights",)
            )
        return self

    def value(self, output: Array, target: Array) -> Array:
        if self._simple(output, target):
            return self.both(output, target)[0]
        self._check(output)
        terms = self._terms(output, target)
        positions = prod(terms.shape[1:])
        shares = self._shares(target, positions)
        if shares is not None:
            terms *= shares
        values: Array = terms.reshape(len(terms), positions).sum(axis=1)
        if shares is None and self.reduction == "mean" and positions > 1:
            values /= positions
        return values

    def gradient(self, output: Array, target: Array) -> Array:
        if self._simple(output, target):
            return self.both(output, target)[1]
        slopes = self._slopes(output, target)
        positions = prod(output.shape[1:-1])
        shares = self._shares(target, positions)
        if shares is not None:
            slopes *= shares[..., None]
        elif self.reduction == "mean" and positions > 1:
            slopes /= positions
        return slopes

    def both(self, output: Array, target: Array) -> tuple[Array, Array, Array | None]:
        """All from one softmax, where every target is an index and all count the same."""
        if not self._simple(output, target):
            return super().both(output, target)
        samples, classes = output.shape
        # One class after the other where there are few: numpy is fast along long rows.
        short = classes <= _SHORT
        turned = np.ascontiguousarray(output.T) if short else output.T
        y = np.subtract(turned, np.maximum.reduce(turned))
        down, across = (samples, 1) if y.flags.c_contiguous else (1, classes)
        places = target * down
        places += _multiples(across, samples)
        chosen = y.ravel(order="K").take(places)
        np.exp(y, y)
        total = column_sums(y)
        terms = np.log(total)
        terms -= chosen
        y /= total
        slopes = y.copy(order="K")
        slopes.ravel(order="K")[places] -= 1
        return terms, slopes.T, y.T

    def _simple(self, output: Array, target: Array) -> bool:
        """Whether it is about logits, one class a sample, and nothing else."""
        plain = self.logits and self.label_smoothing == 0 and self.class_weights is None
        return plain and output.ndim == 2 and target.ndim == 1

    def weights(self, target: Array) -> Array | None:
        """The weight of each sample's class, `(N,)`; over several positions, their mean."""
        if self.class_weights is None:
            return None
        weights = self._position_weights(target)
        return weights.reshape(len(weights), prod(weights.shape[1:])).mean(axis=1)

    def _terms(self, output: Array, target: Array) -> Array:
        """−Σ y log p at each position, `(N, …)`."""
        if not (are_indices(target, output) and self.label_smoothing == 0):
            logs = log_probabilities(output) if self.logits else logarithm(output)
            logs *= self._distribution(target, output)
            return -row_sum(logs)[..., 0]
        if not self.logits:
            return -logarithm(np.take_along_axis(output, target[..., None], axis=-1))[..., 0]
        y = below_max(output)
        chosen = np.take_along_axis(y, target[..., None], axis=-1)
        terms = np.log(row_sum(np.exp(y)))
        terms -= chosen
        return terms[..., 0]

    def _slopes(self, output: Array, target: Array) -> Array:
        """The derivative of each position's term by its scores: p Σy − y, or −y / p."""
        if not self.logits:
            slopes = self._distribution(target, output)
            slopes /= -np.maximum(output, np.finfo(output.dtype).tiny)
            return slopes
        y = self._distribution(target, output)
        slopes = softmax(output)
        if not are_indices(target, output):
            slopes *= row_sum(y)
        slopes -= y
        return slopes

    def _distribution(self, target: Array, output: Array) -> Array:
        """The targets as distributions, smoothed: a new array of the output's shape."""
        y = one_hot(target, output) if are_indices(target, output) else target.copy()
        if self.label_smoothing:
            y *= 1 - self.label_smoothing
            y += self.label_smoothing / y.shape[-1]
        return y

    def _shares(self, target: Array, positions: int) -> Array | None:
        """How much each of several positions counts in its sample, by its class."""
        if self.class_weights is None or positions == 1:
            return None
        weights = self._position_weights(target)
        axes = tuple(range(1, weights.ndim))
        total = weights.sum(axis=axes, keepdims=True)
        shares = weights / np.where(total == 0, 1, total)
        return shares * positions if self.reduction == "sum" else shares

    def _position_weights(self, target: Array) -> Array:
        weights = np.asarray(self.class_weights)
        return weights[target] if target.dtype.kind in "iu" else target @ weights

    def _check(self, output: Array) -> None:
        classes = output.shape[-1]
        if self.class_weights is not None and len(self.class_weights) != classes:
            raise SpecError(
                f"{len(self.class_weights)} class weights for {classes} classes",
                "give one weight a class",
                path=("loss", "class_weights"),
            )
        if self.class_weights is not None and not _held(self.class_weights, output.dtype):
            raise SpecError(
                f"the largest class weight is {max(self.class_weights)}, "
                f"which {output.dtype} does not hold",
                "weigh with numbers near 1: only their ratios count",
                path=("loss", "class_weights"),
            )


@lru_cache(maxsize=16)
def _held(weights: tuple[float, ...], dtype: np.dtype[Any]) -> bool:
    """Whether the dtype has digits for the largest weight."""
    limits = np.finfo(dtype)
    return float(limits.tiny) <= max(weights) <= float(limits.max)


@lru_cache(maxsize=64)
def _multiples(step: int, count: int) -> Array:
    """0, step, 2 · step and so on."""
    multiples = np.arange(count) * step
    multiples.flags.writeable = False
    return multiples
