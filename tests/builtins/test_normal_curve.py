"""The area below the normal curve, against the standard library's erfc."""

from __future__ import annotations

from math import erfc, sqrt

import numpy as np

from netspec.builtins.normal_curve import normal_distribution

X = np.linspace(-37, 10, 4001)
EXACT = np.array([0.5 * erfc(-x / sqrt(2)) for x in X])


def test_in_float64_every_digit_but_the_last_few_is_right_down_to_the_smallest_numbers() -> None:
    np.testing.assert_allclose(normal_distribution(X), EXACT, rtol=1e-12)


def test_in_float32_the_error_is_a_few_parts_in_ten_million() -> None:
    found = normal_distribution(X.astype(np.float32))
    assert found.dtype == np.float32
    assert np.abs(found - EXACT).max() < 3e-7


def test_values_of_any_size_give_0_and_1_without_a_warning() -> None:
    x = np.array([-1e30, -1e4, 0, 1e4, 1e30], np.float32)
    np.testing.assert_allclose(normal_distribution(x), [0, 0, 0.5, 1, 1], atol=1e-7)
