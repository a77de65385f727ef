"""How a picture becomes a digit: the way in which the database itself was made."""

from __future__ import annotations

import numpy as np

from netspec import Array, DataError

__all__ = ["as_digit"]

_SIDE = 28
_BOX = 20
_MIDDLE = 14
"""The pixel, counted from 0, on which the database's digits have their centre of mass."""
_FAINT = 0.1
"""How much darker than the paper, as a share of the darkest ink, still counts as paper."""


_LARGE = 200
"""Pixels of the longer side, more of which would show no more of a digit."""
_ROUNDS = 20


def as_digit(ink: Array) -> Array:
    """The digit `(28, 28)` of a picture `(height, width)`, 0 for paper and 1 for the darkest ink.

    What surrounds the digit is cut off, the longer side of the rest scaled to 20 pixels, and the
    centre of its mass put into the middle of 28 by 28. So LeCun, Cortes and Burges made the
    database. The paper may be lighter on one side than on the other, as a lamp leaves it; ink is
    scaled to reach 1. DataError where there is nothing on the paper.
    """
    ink = _shrunk(ink)
    paper = _paper(ink)
    # In the shadow ink is as much darker than its paper as the paper is less bright.
    strength = np.clip(ink - paper, 0, None) / np.maximum(1 - paper, _FAINT)
    if strength.max() < _FAINT:
        raise DataError(
            "the picture shows nothing that stands out from its paper",
            'say "ink": "light" where the digit is lighter than what it is written on',
        )
    strength = np.clip(strength / strength.max() - _FAINT, 0, None) / (1 - _FAINT)
    rows, columns = (np.flatnonzero(strength.any(axis=axis)) for axis in (1, 0))
    cut = strength[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = _BOX / max(cut.shape)
    height, width = (max(1, round(length * scale)) for length in cut.shape)
    small = _resized(cut, height, width)
    return _centred(small / small.max()).astype(np.float32)


def _shrunk(ink: Array) -> Array:
    """A large picture made smaller, which takes the noise of a camera with it."""
    scale = min(1.0, _LARGE / max(ink.shape))
    height, width = (max(1, round(length * scale)) for length in ink.shape)
    return _resized(ink, height, width)


def _paper(ink: Array) -> Array:
    """The paper alone, lit from anywhere: a surface a + b u + c v + d u v through that half of the
    pixels which lies closest to one, by least trimmed squares.

    Rousseeuw, Least median of squares regression, 1984.
    """
    u, v = (np.linspace(-1, 1, length) for length in ink.shape)
    terms = [np.ones_like(ink), u[:, None] + 0 * v, 0 * u[:, None] + v, u[:, None] * v]
    places, values = np.stack(terms, axis=-1).reshape(-1, 4), ink.reshape(-1)
    chosen = np.arange(ink.size)
    for _ in range(_ROUNDS):
        paper = places @ np.linalg.lstsq(places[chosen], values[chosen], rcond=None)[0]
        chosen = np.argsort(np.abs(values - paper), kind="stable")[: -(-ink.size // 2)]
    surface: Array = paper.reshape(ink.shape)
    return surface


def _resized(picture: Array, height: int, width: int) -> Array:
    rows, columns = picture.shape
    return _scaling(rows, height) @ picture @ _scaling(columns, width).T


def _scaling(before: int, after: int) -> Array:
    """The matrix `(after, before)` that makes `after` pixels of `before`: a triangle around the
    place of each, as wide as what it stands for, so that no thin stroke falls between pixels."""
    step = before / after
    places = (np.arange(after)[:, None] + 0.5) * step - 0.5
    weights = np.clip(1 - np.abs(np.arange(before) - places) / max(step, 1), 0, None)
    matrix: Array = weights / weights.sum(axis=1, keepdims=True)
    return matrix


def _centred(small: Array) -> Array:
    """The picture inside 28 by 28, its centre of mass in the middle, as far as it fits."""
    digit = np.zeros((_SIDE, _SIDE))
    corner = []
    for axis, length in enumerate(small.shape):
        mass = small.sum(axis=1 - axis)
        middle = (np.arange(length) @ mass) / mass.sum()
        corner.append(int(np.clip(round(_MIDDLE - middle), 0, _SIDE - length)))
    top, left = corner
    digit[top : top + small.shape[0], left : left + small.shape[1]] = small
    return digit
