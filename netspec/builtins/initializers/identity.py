"""Identity: a layer that starts as nothing but a copy."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Initializer, Shape, SpecError

__all__ = ["IdentityMatrix"]


class IdentityMatrix(Initializer):
    """gain where row and column are the same, else 0; it needs exactly two axes. PyTorch's `eye_`."""

    formula: ClassVar[str] = "W = gain · I"

    type: Literal["identity"] = "identity"
    gain: float = Field(default=1.0, description="the number on the diagonal")

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
        if len(shape) != 2:
            raise SpecError(
                f"identity needs a matrix, and the array has shape {shape}",
                'give it another start, "zeros" for a bias',
            )
        return self.gain * np.eye(*shape)
