"""How a metric's numbers of several classes become one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

__all__ = ["AVERAGES", "Averaging"]

Averaging = Annotated[
    Literal["macro", "micro", "weighted", "binary"],
    Field(description="how the classes become one number"),
]

AVERAGES: tuple[dict[str, Any], ...] = (
    {},
    {"average": "micro"},
    {"average": "weighted"},
    {"average": "binary"},
)
"""An example of each."""
