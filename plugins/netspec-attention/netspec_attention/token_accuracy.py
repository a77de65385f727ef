"""Token accuracy: the share of positions whose class is right."""

from __future__ import annotations

from typing import ClassVar, Literal

from netspec import Array, AverageMetric, SpecError

__all__ = ["TokenAccuracy"]


class TokenAccuracy(AverageMetric):
    """The share of positions, over all samples, whose largest output is the true class.

    Outputs are `(…, classes)` with at least one axis of positions; of equal values the first counts.
    Class indices and one-hot targets give the same number. Where samples have weights, so have their
    positions. For one class a sample there is `accuracy`.
    """

    formula: ClassVar[str] = "Σ w [argmax ŷ = y] / Σ w, over samples and positions"

    type: Literal["token_accuracy"] = "token_accuracy"

    def check(self, output_shape: tuple[int, ...]) -> None:
        if len(output_shape) < 2 or output_shape[-1] < 2:
            raise SpecError(
                f"token_accuracy is about a class at each position, and the output has shape "
                f"{output_shape}",
                'end with a layer of (length, classes), or measure with "accuracy"',
            )

    def scores(self, output: Array, target: Array) -> Array:
        true = target if target.shape == output.shape[:-1] else target.argmax(axis=-1)
        hits = output.argmax(axis=-1) == true
        return hits.mean(axis=tuple(range(1, hits.ndim)))
