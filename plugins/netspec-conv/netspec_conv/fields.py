"""What documents write of a window, and the axes that it means for a given input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from netspec import Shape, Site, SpecError

from .axis import Axis, by_output

__all__ = [
    "Border",
    "Count",
    "Counts",
    "Padding",
    "Size",
    "Sizes",
    "axes",
    "check_half",
    "check_seen",
    "image",
    "pair",
    "sequence",
]

Size = Annotated[int, Field(ge=1)]
"""A whole number from 1 on."""

Count = Annotated[int, Field(ge=0)]
"""A whole number from 0 on."""


def _branch(value: Any) -> str:
    if isinstance(value, str):
        return "<name>"
    return _number_or_pair(value)


def _number_or_pair(value: Any) -> str:
    return "<pair>" if isinstance(value, list | tuple) else "<number>"


Sizes = Annotated[
    Annotated[Size, Tag("<number>")]
    | Annotated[tuple[Size, Size], Field(strict=False), Tag("<pair>")],
    Discriminator(_number_or_pair),
]
"""A size for both axes, or `[vertical, horizontal]`."""

Counts = Annotated[
    Annotated[Count, Tag("<number>")]
    | Annotated[tuple[Count, Count], Field(strict=False), Tag("<pair>")],
    Discriminator(_number_or_pair),
]
"""A count for both axes, or `[vertical, horizontal]`."""

Border = Annotated[
    Annotated[Literal["valid", "same"], Tag("<name>")] | Annotated[Count, Tag("<number>")],
    Discriminator(_branch),
]
"""None (`valid`), as much as keeps the size (`same`), or so much on either side."""

Padding = Annotated[
    Annotated[Literal["valid", "same"], Tag("<name>")]
    | Annotated[Count, Tag("<number>")]
    | Annotated[tuple[Count, Count], Field(strict=False), Tag("<pair>")],
    Discriminator(_branch),
]
"""None (`valid`), as much as keeps the size (`same`), or so much on either side of both axes."""


def pair(value: int | tuple[int, int]) -> tuple[int, int]:
    """What is meant for the two axes."""
    return (value, value) if isinstance(value, int) else value


def image(site: Site, layer: str) -> tuple[int, int, int]:
    """(height, width, channels) of what comes in; SpecError where it is no image."""
    if len(site.input_shape) != 3:
        raise SpecError(
            f"{layer} takes images, (height, width, channels), not {site.input_shape}",
            'put a "reshape" before it' if site.input_shape else 'give "input_shape" three axes',
        )
    height, width, channels = site.input_shape
    return height, width, channels


def sequence(site: Site, layer: str) -> tuple[int, int]:
    """(length, channels) of what comes in; SpecError where it is no sequence."""
    if len(site.input_shape) != 2:
        raise SpecError(
            f"{layer} takes sequences, (length, channels), not {site.input_shape}",
            'put a "reshape" before it' if site.input_shape else 'give "input_shape" two axes',
        )
    length, channels = site.input_shape
    return length, channels


def axes(
    layer: str,
    sizes: Shape,
    kernel: Shape,
    strides: Shape,
    padding: Literal["valid", "same"] | Shape = "valid",
    dilation: Shape | None = None,
) -> tuple[Axis, ...]:
    """The window on each axis of an input; SpecError where it does not fit in."""
    dilation = dilation or (1,) * len(sizes)
    if padding == "same" and max(strides) > 1:
        raise SpecError(
            f'{layer} has strides {_by(strides)}, and padding "same" keeps the size',
            "use strides of 1, or give the padding in numbers",
            path=("padding",),
        )
    found = []
    for n, size in enumerate(sizes):
        before, after = _padding(padding, n, dilation[n] * (kernel[n] - 1))
        found.append(Axis(size, kernel[n], strides[n], dilation[n], before, after))
    if any(axis.outputs < 1 for axis in found):
        raise SpecError(
            f"{layer} has a window of {_by(tuple(axis.reach for axis in found))}, "
            f"and what comes in has, with its padding, {_by(tuple(axis.padded for axis in found))}",
            "use a smaller kernel or more padding",
            path=("kernel",),
        )
    return tuple(found)


def check_half(layer: str, kernel: Shape, padding: Shape) -> None:
    """SpecError where a window could lie wholly in the padding."""
    if any(2 * added > size for size, added in zip(kernel, padding, strict=True)):
        raise SpecError(
            f"{layer} has a kernel of {_by(kernel)} and a padding of {_by(padding)}",
            "the padding is at most half the kernel",
            path=("padding",),
        )


def check_seen(layer: str, axes: Sequence[Axis]) -> None:
    """SpecError where the taps of a window all lie in the padding, as a dilation may let them."""
    if any(run.length == 0 for axis in axes for run in by_output(axis)):
        raise SpecError(
            f"{layer} has a window of {_by(tuple(axis.kernel for axis in axes))} with a dilation of "
            f"{_by(tuple(axis.dilation for axis in axes))} that sees nothing but padding",
            "use less padding or a smaller dilation",
            path=("padding",),
        )


def _padding(padding: str | Shape, axis: int, lost: int) -> tuple[int, int]:
    """(before, after) on an axis; `same` adds what the window would lose, the odd one behind."""
    if padding == "same":
        return lost // 2, lost - lost // 2
    if isinstance(padding, str):
        return 0, 0
    return padding[axis], padding[axis]


def _by(sizes: Shape) -> str:
    return " × ".join(str(size) for size in sizes)
