"""What holds for every regularizer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec import Regularizer, builtins
from netspec.builtins.regularizers.l1 import L1
from netspec.builtins.regularizers.l2 import L2

every_regularizer = pytest.mark.parametrize("type_", sorted(builtins.netspec_regularizers()))


@every_regularizer
def test_the_gradient_is_the_derivative_of_the_value(type_: str, make: Any) -> None:
    each = make(Regularizer, {"type": type_, "strength": 0.3})
    rng = np.random.default_rng(0)
    w, direction = rng.normal(size=(4, 5)), rng.normal(size=(4, 5))
    h = 1e-6
    measured = (each.value(w + h * direction) - each.value(w - h * direction)) / (2 * h)
    assert (each.gradient(w) * direction).sum() == pytest.approx(measured, rel=1e-7)


@every_regularizer
def test_float32_stays_and_the_array_is_not_written(type_: str, make: Any) -> None:
    each = make(Regularizer, type_)
    w = np.ones((2, 3), np.float32)
    w.flags.writeable = False
    assert each.gradient(w).dtype == np.float32
    assert isinstance(each.value(w), float)


def test_the_penalties_are_sums_of_sizes_and_of_squares() -> None:
    w = np.array([3.0, -4.0, 0.0])
    assert L1(strength=0.5).value(w) == 3.5
    assert L2(strength=0.5).value(w) == 12.5
    assert L1(strength=0.5).gradient(w).tolist() == [0.5, -0.5, 0]
    assert L2(strength=0.5).gradient(w).tolist() == [3, -4, 0]
