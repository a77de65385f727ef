"""Numbers that are divided when they are looked at."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec import Array, Shape

__all__ = ["Scaled"]


class Scaled:
    """values / divisor in float32, worked out for the samples that are asked for.

    So the bytes of pictures stay bytes, a quarter of the memory, or stay on the disk.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, values: Array, divisor: float) -> None:
        self._values = values
        self._divisor = np.float32(divisor)

    @property
    def shape(self) -> Shape:
        return self._values.shape

    @property
    def ndim(self) -> int:
        return self._values.ndim

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, index: Any) -> Array:
        return np.divide(self._values[index], self._divisor, dtype=self.dtype)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if copy is False:
            raise ValueError("scaling makes new values, so there is nothing to share")
        return self[...].astype(dtype or self.dtype, copy=False)
