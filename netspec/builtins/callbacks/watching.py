"""What callbacks share that look at one number of the history."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

__all__ = ["improves", "monitored"]


def monitored(record: Mapping[str, Any], key: str) -> float:
    """The number of this key; NaN where it is missing or a list."""
    value = record.get(key)
    return float(value) if isinstance(value, int | float) else math.nan


def improves(
    value: float, best: float | None, better: Literal["higher", "lower"], min_delta: float
) -> bool:
    """Whether a value is better than the best by more than `min_delta`; NaN never is."""
    if math.isnan(value):
        return False
    if best is None:
        return True
    return value > best + min_delta if better == "higher" else value < best - min_delta
