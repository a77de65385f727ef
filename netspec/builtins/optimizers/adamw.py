"""AdamW: Adam, with weights that shrink by themselves."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from .adam import AdamSpec

__all__ = ["AdamW"]


class AdamW(AdamSpec):
    """w ← (1 − rate · λ) w, then Adam's step: the decay λ does not pass through Adam's means.

    As in PyTorch's `AdamW`. Loshchilov and Hutter, Decoupled weight decay regularization, 2019.
    """

    formula: ClassVar[str] = "w ← (1 − rate · λ) w − rate · m̂ / (√v̂ + eps)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"amsgrad": True})
    decoupled: ClassVar[bool] = True

    type: Literal["adamw"] = "adamw"
    weight_decay: float = Field(default=1e-2, ge=0, description="λ: how much weights shrink")
