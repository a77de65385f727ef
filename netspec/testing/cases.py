"""What losses and metrics are proved on: outputs of several shapes, each with its targets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from netspec.arrays import Array, Shape

from .bench import grid

__all__ = ["SHAPES", "Case", "cases", "distribution"]

SHAPES: tuple[Shape, ...] = ((3,), (1,), (2, 3))
"""The outputs' shapes, without the batch axis."""


class Case(NamedTuple):
    """An output, its target, and what the two are called in a fault."""

    name: str
    output: Array
    target: Array


def cases(rows: int, spread: float) -> Iterator[Case]:
    """Outputs between ±`spread` with distributions for targets, one-hot ones and class indices."""
    for shape in SHAPES:
        output = grid((rows, *shape), spread)
        likely = distribution(grid((rows, *shape), 2.0, seed=1))
        targets = {"of the same shape": likely}
        if shape[-1] > 1:
            classes = np.argmax(likely, axis=-1)
            targets |= {"one-hot": np.eye(shape[-1])[classes], "class indices": classes}
        for kind, target in targets.items():
            yield Case(f"output (N, {', '.join(map(str, shape))}), target {kind}", output, target)


def distribution(x: Array) -> Array:
    """Positive numbers below 1, of sum 1 over an axis that is longer than 1."""
    values = 1 / (1 + np.exp(-x))
    return values / values.sum(axis=-1, keepdims=True) if x.shape[-1] > 1 else values
