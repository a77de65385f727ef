"""Pictures looked at elsewhere: each output pixel is a weighted sum of pixels of the input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from netspec import Array, Site, SpecError

__all__ = ["Sampling", "check_images"]


def check_images(site: Site, layer: str) -> None:
    """Raise SpecError unless a sample is `(height, width)` or `(height, width, channels)`."""
    if len(site.input_shape) not in (2, 3):
        raise SpecError(
            f"{layer} takes pictures, (height, width) or (height, width, channels), "
            f"not {site.input_shape}",
            'put a "reshape" before it',
        )


class Sampling(NamedTuple):
    """Where each output pixel looks: `rows` and `columns`, `(N, height, width)`, may lie between pixels.

    Between pixels the four around are weighed by how near they are; outside the picture all is 0.
    """

    rows: Array
    columns: Array

    def look(self, x: Array) -> Array:
        """The pictures as they are seen there."""
        y = np.zeros_like(x)
        for at, share in self._corners(x):
            y += x[at] * share
        return y

    def spread(self, grad: Array) -> Array:
        """∂L/∂x from ∂L/∂y: every pixel gets back from all that looked at it."""
        delta = np.zeros_like(grad)
        for at, share in self._corners(grad):
            np.add.at(delta, at, grad * share)
        return delta

    def _corners(self, x: Array) -> Iterator[tuple[tuple[Array, ...], Array]]:
        """The four pixels around each place: their index, and how much each counts."""
        height, width = x.shape[1:3]
        picture = np.arange(len(x))[:, None, None]
        top, left = np.floor(self.rows), np.floor(self.columns)
        below, right = self.rows - top, self.columns - left
        for row, vertical in ((top, 1 - below), (top + 1, below)):
            for column, horizontal in ((left, 1 - right), (left + 1, right)):
                inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
                share = (vertical * horizontal * inside).astype(x.dtype)
                if not share.any():
                    continue
                index = (
                    picture,
                    np.where(inside, row, 0).astype(np.intp),
                    np.where(inside, column, 0).astype(np.intp),
                )
                yield index, share.reshape(*share.shape, *(1,) * (x.ndim - 3))
