"""How far the arrays of two models are apart."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from netspec.arrays import Array, Shape

__all__ = ["ArrayChange", "compare_arrays"]

_CHUNK = 2**20


@dataclass(frozen=True)
class ArrayChange:
    """An array of two models. A shape is None where one has no such array; the numbers are None
    unless both have it in one shape.

    `norm` is |a|, `change` |b − a|, `cosine` a·b / (|a| |b|), None where a or b is zero.
    """

    path: str
    before: Shape | None
    after: Shape | None
    norm: float | None = None
    change: float | None = None
    cosine: float | None = None

    @property
    def same(self) -> bool:
        """Whether every value is equal."""
        return self.change == 0


def compare_arrays(
    before: Mapping[str, Array], after: Mapping[str, Array], renamed: Iterable[tuple[str, str]]
) -> Iterator[ArrayChange]:
    """Every array of two models, by its path; an array keeps its layer.

    `renamed` says which layer of the first model, by its name, became which of the second.
    """
    to_old = {new: old for old, new in renamed}
    seen = set()
    for path, array in sorted(after.items()):
        layer, _, rest = path.partition(".")
        old = f"{to_old[layer]}.{rest}" if layer in to_old else ""
        if old not in before:
            yield ArrayChange(path, None, array.shape)
            continue
        seen.add(old)
        if before[old].shape != array.shape:
            yield ArrayChange(path, before[old].shape, array.shape)
        else:
            yield ArrayChange(path, array.shape, array.shape, *_apart(before[old], array))
    for path, array in sorted(before.items()):
        if path not in seen:
            yield ArrayChange(path, array.shape, None)


def _apart(before: Array, after: Array) -> tuple[float, float, float | None]:
    """|a|, |b − a| and the cosine, summed in float64."""
    a, b = before.reshape(-1), after.reshape(-1)
    squares = [0.0, 0.0, 0.0, 0.0]
    for start in range(0, a.size, _CHUNK):
        x = a[start : start + _CHUNK].astype(np.float64)
        y = b[start : start + _CHUNK].astype(np.float64)
        d = y - x
        for at, (left, right) in enumerate(((x, x), (y, y), (d, d), (x, y))):
            squares[at] += float(left @ right)
    xx, yy, dd, xy = squares
    length = math.sqrt(xx) * math.sqrt(yy)
    return math.sqrt(xx), math.sqrt(dd), xy / length if length else None
