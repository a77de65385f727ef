"""R²: how much better than always saying the mean."""

from __future__ import annotations

from math import prod
from typing import Any, ClassVar, Literal

import numpy as np

from netspec import Array, Metric
from netspec.builtins.targets import like_output

from .average import sample_weights

__all__ = ["R2"]


class R2(Metric):
    """1 − Σ w (ŷ − y)² / Σ w (y − ȳ)², for each output, then averaged over the outputs.

    An output whose target never changes counts 1 where it is met exactly, else 0. As
    scikit-learn's `r2_score`.
    """

    formula: ClassVar[str] = "1 − Σ w (ŷ − y)² / Σ w (y − ȳ)²"

    type: Literal["r2"] = "r2"

    def observe(self, seen: Any, output: Array, target: Array, weight: Array | None) -> Any:
        """Weight, origin, mean of y from there, squares about the mean, and the squared errors.

        Means and squares of two parts are joined by Chan's formula, which loses no digits. The origin
        is a target: so what never changes has exactly no spread.
        """
        flat = (len(output), prod(output.shape[1:]))
        y = like_output(target, output).reshape(flat).astype(np.float64)
        error = np.square(output.reshape(flat).astype(np.float64) - y)
        w = sample_weights(output, weight)
        count = float(w.sum())
        if count == 0:
            return seen
        origin = y[w.argmax()] if seen is None else seen[1]
        from_origin = y - origin
        mean = w @ from_origin / count
        spread, errors = w @ np.square(from_origin - mean), w @ error
        if seen is not None:
            before, _, mean_before, spread_before, errors_before = seen
            total = before + count
            shift = mean - mean_before
            spread = spread + spread_before + shift * shift * (before * count / total)
            mean, errors, count = (
                mean_before + shift * (count / total),
                errors + errors_before,
                total,
            )
        return count, origin, mean, spread, errors

    def value(self, seen: Any) -> float:
        if seen is None:
            return float("nan")
        *_, spread, errors = seen
        left = np.where(errors > 0, errors / np.where(spread > 0, spread, 1), 0)
        return float(np.where((spread == 0) & (errors > 0), 0, 1 - left).mean())
