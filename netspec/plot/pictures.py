"""Samples, averages and weights as pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netspec.arrays import Array
from netspec.errors import DataError
from netspec.layer import Layer

from .axes import axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["averages", "images", "weights"]

_GAP = 2
_WIDTH = 7.5
_LARGEST = 2.0
_ALMOST = 0.995
"""The share of weights whose colours differ: a few large ones would make all others pale."""


def images(
    pictures: Any,
    titles: Sequence[object] = (),
    *,
    shape: tuple[int, int] | None = None,
    columns: int = 10,
    ax: Axes | None = None,
) -> Axes:
    """Pictures in rows of `columns`, one value a pixel as ink on paper, each under its title.

    They are `(N, height, width)`, with a last axis of 1 or of 3 for colours in [0, 1], or
    `(N, pixels)`, which are square unless `shape` says (height, width).
    """
    tiles = _tiles(pictures, shape)
    return _mosaic(tiles, titles, columns, ax, cmap="gray_r", vmin=0, vmax=max(1, tiles.max()))


def averages(
    pictures: Any,
    labels: Any,
    *,
    shape: tuple[int, int] | None = None,
    columns: int = 10,
    ax: Axes | None = None,
) -> Axes:
    """The average picture of each label, in the labels' order."""
    values, labels = np.asarray(pictures), np.asarray(labels)
    found = np.unique(labels)
    means = np.stack([values[labels == each].mean(axis=0) for each in found])
    return images(means, list(found), shape=shape, columns=columns, ax=ax)


def weights(
    source: Layer | Any,
    titles: Sequence[object] = (),
    *,
    shape: tuple[int, int] | None = None,
    columns: int = 10,
    ax: Axes | None = None,
) -> Axes:
    """What each neuron of a layer looks for: row k of its `weight`, red for +, blue for −, 0 white;
    the colours end where 199 of 200 weights do.

    A layer, or its weights `(units, inputs)`; inputs are the pixels of a square picture unless
    `shape` says (height, width).
    """
    values = source.params["weight"] if isinstance(source, Layer) else source
    tiles = _tiles(values, shape)
    most = float(np.quantile(np.abs(tiles), _ALMOST)) or float(np.abs(tiles).max()) or 1.0
    ax = _mosaic(tiles, titles, columns, ax, cmap="RdBu_r", vmin=-most, vmax=most)
    ax.figure.colorbar(ax.images[-1], ax=ax, shrink=0.8, extend="both")
    return ax


def _tiles(pictures: Any, shape: tuple[int, int] | None) -> Array:
    """`(N, height, width)`, or with a last axis of 3."""
    values = np.asarray(pictures, np.float64)
    if values.ndim == 2:
        side = math.isqrt(values.shape[1])
        height, width = shape or (side, side)
        if height * width != values.shape[1]:
            raise DataError(
                f"{values.shape[1]} values are no picture of {height} by {width}",
                "say shape=(height, width)",
            )
        return values.reshape(-1, height, width)
    if values.ndim == 4 and values.shape[-1] == 1:
        return values[..., 0]
    if values.ndim == 3 or (values.ndim == 4 and values.shape[-1] == 3):
        return values
    raise DataError(
        f"pictures of shape {values.shape}",
        "they are (N, height, width), with a last axis of 1 or 3, or (N, pixels)",
    )


def _mosaic(
    tiles: Array, titles: Sequence[object], columns: int, ax: Axes | None, **shown: Any
) -> Axes:
    count, height, width = tiles.shape[:3]
    columns = min(columns, count)
    rows = -(-count // columns)
    head = (height // 3 if columns > 5 else height // 5) if len(titles) else _GAP
    step_y, step_x = height + head, width + _GAP
    tile = min(_LARGEST, _WIDTH / columns)
    ax = axes(ax, columns * tile + 0.3, rows * tile * step_y / step_x + 0.3)
    sheet = np.full((rows * step_y, columns * step_x, *tiles.shape[3:]), np.nan)
    for at, tile in enumerate(tiles):
        top, left = at // columns * step_y + head, at % columns * step_x
        sheet[top : top + height, left : left + width] = tile
    ax.imshow(sheet, interpolation="nearest", **shown)
    for at, title in enumerate(titles[:count]):
        top, left = at // columns * step_y + head, at % columns * step_x
        ax.text(left + width / 2, top - 1, str(title), ha="center", va="bottom", fontsize=8)
    ax.set_axis_off()
    return ax
