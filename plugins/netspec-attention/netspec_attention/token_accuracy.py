"""Token accuracy: the share of positions whose class is right."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from netspec import Array, Metric, SpecError

__all__ = ["TokenAccuracy"]


class TokenAccuracy(Metric):
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

    def observe(self, seen: Any, output: Array, target: Array, weight: Array | None) -> Any:
        right, count = seen or (0.0, 0.0)
        true = target if target.shape == output.shape[:-1] else target.argmax(axis=-1)
        hits = (output.argmax(axis=-1) == true).reshape(len(output), -1)
        weights = np.ones(len(output)) if weight is None else weight.astype(np.float64)
        return right + float(hits.sum(axis=1) @ weights), count + hits.shape[1] * weights.sum()

    def value(self, seen: Any) -> float:
        right, count = seen or (0.0, 0.0)
        return float(right / count) if count else float("nan")
