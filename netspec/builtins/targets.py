"""Targets as losses and metrics compare them: with the shape of the output."""

from __future__ import annotations

import numpy as np

from netspec import Array

__all__ = ["are_indices", "like_output", "one_hot", "signs"]


def are_indices(target: Array, output: Array) -> bool:
    """Whether the targets are class indices: of the output's shape without its last axis."""
    return target.shape == output.shape[:-1]


def one_hot(indices: Array, output: Array) -> Array:
    """1 in the place of the class and 0 elsewhere, in the output's shape and dtype."""
    target = np.zeros_like(output)
    rows = target.reshape(-1, output.shape[-1])
    rows[np.arange(len(rows)), indices.reshape(-1)] = 1
    return target


def like_output(target: Array, output: Array) -> Array:
    """The targets in the output's shape; class indices become one-hot."""
    return one_hot(target, output) if are_indices(target, output) else target


def signs(target: Array) -> Array:
    """1 where a target is above 0, else −1, in its dtype."""
    return np.where(target > 0, 1, -1).astype(target.dtype)
