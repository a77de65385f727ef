"""ONNX's operators have the channels second: the way there and back, and how it writes padding."""

from __future__ import annotations

from netspec import Program

from .axis import Axis

__all__ = ["channels_first", "channels_last", "pads"]


def channels_first(program: Program, x: str, axes: int = 2) -> str:
    """`(N, …, C)` as `(N, C, …)`, with so many axes between."""
    return program.add("Transpose", x, perm=[0, axes + 1, *range(1, axes + 1)])


def channels_last(program: Program, x: str, axes: int = 2) -> str:
    """`(N, C, …)` as `(N, …, C)`."""
    return program.add("Transpose", x, perm=[0, *range(2, axes + 2), 1])


def pads(*axes: Axis) -> list[int]:
    """What stands before each axis, then what stands behind each."""
    return [axis.before for axis in axes] + [axis.after for axis in axes]
