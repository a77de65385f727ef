"""Two sequences matched so that as little as possible was inserted, removed and changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, TypeVar

__all__ = ["Pair", "align"]

_T = TypeVar("_T")

Pair = tuple[int | None, int | None]
"""Where an item stands before and after; None where it was inserted or removed."""

_LARGEST = 250_000
"""Up to so many pairs every one is weighed; past it, items are matched by their keys alone."""


def align(
    before: Sequence[_T],
    after: Sequence[_T],
    distance: Callable[[_T, _T], float],
    key: Callable[[_T], Any],
) -> list[Pair]:
    """The cheapest matching that keeps the order: inserting or removing an item costs 1, a pair its
    distance.

    A pair at a distance of 2 or more is never worth it. `key` is the same for items that may pair.
    """
    start = 0
    while start < min(len(before), len(after)) and not distance(before[start], after[start]):
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and not distance(
        before[-1 - end], after[-1 - end]
    ):
        end += 1
    left, right = before[start : len(before) - end], after[start : len(after) - end]
    if len(left) * len(right) <= _LARGEST:
        middle = _cheapest(left, right, distance)
    else:
        middle = list(_by_key(left, right, key))
    pairs: list[Pair] = [(at, at) for at in range(start)]
    pairs += [
        (None if a is None else a + start, None if b is None else b + start) for a, b in middle
    ]
    pairs += [(len(before) - at, len(after) - at) for at in range(end, 0, -1)]
    return pairs


def _cheapest(
    before: Sequence[_T], after: Sequence[_T], distance: Callable[[_T, _T], float]
) -> list[Pair]:
    """Wagner and Fischer, "The string-to-string correction problem", 1974."""
    costs = [[float(at) for at in range(len(after) + 1)]]
    for at, old in enumerate(before, 1):
        above, row = costs[-1], [float(at)]
        for column, new in enumerate(after, 1):
            pair = above[column - 1] + distance(old, new)
            row.append(min(pair, above[column] + 1, row[-1] + 1))
        costs.append(row)
    pairs: list[Pair] = []
    at, column = len(before), len(after)
    while at or column:
        cost = costs[at][column]
        if column and cost == costs[at][column - 1] + 1:
            column -= 1
            pairs.append((None, column))
        elif at and cost == costs[at - 1][column] + 1:
            at -= 1
            pairs.append((at, None))
        else:
            at, column = at - 1, column - 1
            pairs.append((at, column))
    return pairs[::-1]


def _by_key(before: Sequence[_T], after: Sequence[_T], key: Callable[[_T], Any]) -> Iterator[Pair]:
    """The matching of equal keys that the standard library finds."""
    matcher = SequenceMatcher(None, [key(x) for x in before], [key(x) for x in after], False)
    for how, a, a_end, b, b_end in matcher.get_opcodes():
        if how == "equal":
            yield from zip(range(a, a_end), range(b, b_end), strict=True)
        else:
            yield from ((at, None) for at in range(a, a_end))
            yield from ((None, at) for at in range(b, b_end))
