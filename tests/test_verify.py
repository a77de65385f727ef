"""Comparing numbers that were made again with those that were saved."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.verify import compare

A = np.array([[1.0, -2.0], [3.0, 0.0]], np.float32)


def test_equal_arrays_have_the_same_bits() -> None:
    found = compare({"a": A}, {"a": A.copy()}, exact=True)
    assert str(found) == "same bits"
    assert found.holds


def test_the_memory_order_is_no_difference() -> None:
    assert compare({"a": np.asfortranarray(A)}, {"a": A}, exact=True).verdict == "same bits"


def test_minus_zero_has_other_bits() -> None:
    found = compare({"a": A}, {"a": A * np.float32([1, 1]) - np.float32(0)}, exact=True)
    assert found.verdict == "same bits"
    minus = A.copy()
    minus[1, 1] = -0.0
    assert compare({"a": minus}, {"a": A}, exact=True).verdict == "same within tolerance"


@pytest.mark.parametrize(("dtype", "rtol", "atol"), [("f4", 1e-4, 1e-6), ("f8", 1e-10, 1e-12)])
@given(value=st.floats(-1e6, 1e6, width=32), share=st.floats(0.25, 4.0))
def test_the_tolerance_is_relative_and_absolute(
    dtype: str, rtol: float, atol: float, value: float, share: float
) -> None:
    theirs = np.array([value], dtype)
    allowed = atol + rtol * abs(float(theirs[0]))
    ours = theirs + np.asarray(share * allowed, dtype)
    apart = abs(float(ours[0]) - float(theirs[0]))
    found = compare({"a": ours}, {"a": theirs}, exact=False)
    assert found.holds is (apart <= allowed)
    assert found.difference == apart


def test_the_worst_place_is_named() -> None:
    other = A.copy()
    other[1, 0] += 0.5
    found = compare({"a": A, "b": A}, {"a": A, "b": other}, exact=False)
    assert str(found) == "different: by up to 0.5, at b[1, 0]"
    assert not found.holds


def test_within_tolerance_is_not_enough_where_the_same_bits_are_asked() -> None:
    found = compare({"a": np.nextafter(A, np.float32(9))}, {"a": A}, exact=True)
    assert found.verdict == "same within tolerance"
    assert not found.holds


@pytest.mark.parametrize(
    "theirs",
    [{}, {"b": A}, {"a": A, "b": A}, {"a": A[0]}, {"a": A.astype(np.float64)}],
)
def test_other_names_shapes_or_dtypes_are_different(theirs: dict) -> None:
    assert compare({"a": A}, theirs, exact=False).verdict == "different"


def test_nan_agrees_with_nothing_but_its_own_bits() -> None:
    nan = np.full_like(A, np.nan)
    assert compare({"a": nan}, {"a": A}, exact=False).verdict == "different"
    assert compare({"a": nan}, {"a": nan}, exact=True).verdict == "same bits"
