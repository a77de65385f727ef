"""How good a network is on a part: the loss and the metrics, exact over all of its samples."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Literal

import numpy as np

from .arrays import Calm, size
from .casting import Cast
from .chain import Chain
from .kinds import Metric, Part
from .objective import Objective

__all__ = ["chunk_size", "evaluating", "finish", "parameters"]

_MOST_ROWS = 1024
_MOST_VALUES = 2**24


def chunk_size(chain: Chain) -> int:
    """How many samples pass at once: from the shapes alone, so that everybody chunks alike."""
    widest = max([size(chain.input_shape), *(size(layer.output_shape) for layer in chain.walk())])
    return min(_MOST_ROWS, max(1, _MOST_VALUES // max(1, widest)))


def parameters(chain: Chain) -> int:
    """The number of parameters, which is about that of multiplications for one sample."""
    return sum(array.size for array in chain.params().values())


def finish(metrics: Sequence[Metric], seen: dict[str, Any]) -> dict[str, Any]:
    """The values of the metrics, by their keys, as Python's numbers."""
    return {metric.key: _number(metric.value(seen[metric.key])) for metric in metrics}


def _number(value: Any) -> float | list[float]:
    return [float(v) for v in value] if isinstance(value, list | tuple) else float(value)


def evaluating(
    objective: Objective,
    part: Part,
    casts: tuple[Cast, Cast],
    metrics: Sequence[Metric],
    chunk: int,
) -> Generator[Literal["chunk"], None, dict[str, Any]]:
    """Go through the part, yielding after each chunk; returns loss and metrics."""
    cast_input, cast_target = casts
    calm = Calm(chunk * parameters(objective.chain))
    total = weight = 0.0
    seen: dict[str, Any] = {metric.key: None for metric in metrics}
    for start in range(0, len(part), chunk):
        rows = slice(start, start + chunk)
        x, target = cast_input(part.inputs[rows]), cast_target(part.targets[rows])
        sample_weight = None if part.weights is None else np.asarray(part.weights[rows])
        with calm:
            scores, output = objective.outputs(x)
        values, weights = objective.losses(scores, target, sample_weight)
        total += float(np.dot(values.astype(np.float64), weights.astype(np.float64)))
        weight += float(weights.sum(dtype=np.float64))
        for metric in metrics:
            seen[metric.key] = metric.observe(seen[metric.key], output, target, sample_weight)
        yield "chunk"
    return {"loss": total / weight if weight else float("nan"), **finish(metrics, seen)}
