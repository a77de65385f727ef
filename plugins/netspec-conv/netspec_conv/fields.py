"""What documents write of a window: one number for both axes, or a pair."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

__all__ = ["Count", "Counts", "Padding", "Size", "Sizes", "along", "image", "over", "sequence"]

Size = Annotated[int, Field(ge=1)]
"""A whole number from 1 on."""
Count = Annotated[int, Field(ge=0)]
"""A whole number from 0 on."""


def _branch(value: Any) -> str:
    if isinstance(value, str):
        return "<name>"
    return "<pair>" if isinstance(value, list | tuple) else "<number>"


Sizes = Annotated[
    Annotated[Size, Tag("<number>")]
    | Annotated[tuple[Size, Size], Field(strict=False), Tag("<pair>")],
    Discriminator(lambda value: "<pair>" if isinstance(value, list | tuple) else "<number>"),
]
"""A size for both axes, or `[vertical, horizontal]`."""

Counts = Annotated[
    Annotated[Count, Tag("<number>")]
    | Annotated[tuple[Count, Count], Field(strict=False), Tag("<pair>")],
    Discriminator(lambda value: "<pair>" if isinstance(value, list | tuple) else "<number>"),
]
"""A count for both axes, or `[vertical, horizontal]`."""

Padding = Annotated[
    Annotated[Literal["valid", "same"], Tag("<name>")]
    | Annotated[Count, Tag("<number>")]
    | Annotated[tuple[Count, Count], Field(strict=False), Tag("<pair>")],
    Discriminator(_branch),
]
"""None (`valid`), as much as keeps the size (`same`), or so much on either side of both axes."""
