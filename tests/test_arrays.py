"""Matrix products give what `@` gives, however BLAS is fed: whole, in pieces, turned or in stacks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec import Product, aligned, blend, column_sums, lying_like, product
from netspec.arrays import Blas, finite, gradients, products
from netspec.arrays.axpby import add_array
from netspec.arrays.blas import address
from netspec.arrays.gemm import add_product

SIZES = st.integers(0, 23)
ORDERS = st.sampled_from("CFS")
# Numpy's own wheels bring an OpenBLAS that can be called; what a distribution builds may not.
SHOWS_BLAS = np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"] == "scipy-openblas"


@pytest.fixture(
    params=[
        ("SkylakeX", 1, True),
        ("SkylakeX", 1, False),
        ("SkylakeX", 2, True),
        ("Haswell", 1, False),
        ("Haswell", 2, True),
    ],
    autouse=True,
    scope="module",
)
def blas_of(request: Any) -> Any:
    """Every BLAS cuts, at sizes that a test can afford: the real ones are 10⁴ times larger."""
    kernel, threads, adds = request.param

    class Small(Blas):
        @property
        def small(self) -> int:
            return 90 if self.kernel == "SkylakeX" else 40

        @property
        def pieces_pay(self) -> bool:
            return self.kernel == "SkylakeX"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "blas", lambda: Small("test", kernel, threads, True))
        patch.setattr(products.Calm, "holds", classmethod(lambda cls: threads == 1))
        patch.setattr(products, "ALONE", 40)
        patch.setattr(products, "_WHOLE", 3000)
        patch.setattr(products, "_TINY", 10)
        patch.setattr(products, "_FLAT", 3)
        patch.setattr(products, "_NEAR", 30)
        patch.setattr(products, "_SLIM", 4)
        patch.setattr(products, "_PIECE", 5)
        patch.setattr(products, "_THIN", 6)
        patch.setattr(products, "_FAR", 20)
        patch.setattr(gradients, "_CACHED", 50)
        patch.setattr(gradients, "_LARGE", 50)
        if not adds:
            patch.setattr(gradients, "add_product", lambda *_: False)
            patch.setattr(gradients, "add_array", lambda *_: False)
        products._way.cache_clear()
        yield
    products._way.cache_clear()


def laid(values: Any, order: str) -> Any:
    """The values in C's order, in Fortran's, every second of a larger array, or column by column."""
    if order == "T":
        return np.ascontiguousarray(values.mT).mT
    if order == "S":
        wide = np.full((*values.shape[:-1], 2 * values.shape[-1]), np.nan, values.dtype)
        wide[..., ::2] = values
        return wide[..., ::2]
    return np.asarray(values, order=order)


def drawn(seed: int, *shape: int) -> Any:
    return np.random.default_rng((seed, *shape)).standard_normal(shape)


@given(SIZES, SIZES, SIZES, ORDERS, ORDERS, st.sampled_from("CFSN"), st.sampled_from("fd"))
def test_a_product_is_what_numpy_says(
    rows: int, inner: int, columns: int, left: str, right: str, out: str, dtype: str
) -> None:
    a = laid(drawn(1, rows, inner).astype(dtype), left)
    b = laid(drawn(2, inner, columns).astype(dtype), right)
    given_out = None if out == "N" else laid(np.full((rows, columns), np.nan, dtype), out)
    result = product(a, b, given_out)
    np.testing.assert_allclose(result, np.matmul(a, b), atol=1e-5 if dtype == "f" else 1e-12)
    assert given_out is None or result is given_out
    assert (result.shape, result.dtype) == ((rows, columns), np.dtype(dtype))


@given(st.lists(st.integers(0, 3), max_size=2), SIZES, SIZES, SIZES, ORDERS)
def test_a_product_goes_over_every_position_before_the_last_axis(
    positions: list[int], rows: int, inner: int, columns: int, order: str
) -> None:
    a, b = drawn(1, *positions, rows, inner), laid(drawn(2, inner, columns), order)
    np.testing.assert_allclose(product(a, b), np.matmul(a, b), atol=1e-12)
    out = laid(np.full((*positions, rows, columns), np.nan), order)
    assert product(a, b, out) is out
    np.testing.assert_allclose(out, np.matmul(a, b), atol=1e-12)


@given(
    st.integers(0, 3),
    st.integers(1, 3),
    SIZES,
    SIZES,
    SIZES,
    ORDERS,
    st.sampled_from("CFST"),
    st.booleans(),
)
def test_stacks_are_multiplied_partner_by_partner(
    count: int, groups: int, rows: int, inner: int, columns: int, left: str, right: str, one: bool
) -> None:
    a = laid(drawn(1, 1 if one else count, groups, rows, inner), left)
    b = laid(drawn(2, count, groups, inner, columns), right)
    out = np.full((count, groups, rows, columns), np.nan)
    np.testing.assert_allclose(product(a, b), np.matmul(a, b), atol=1e-12)
    assert product(a, b, out) is out
    np.testing.assert_allclose(out, np.matmul(a, b), atol=1e-12)


def test_rows_of_a_stack_may_overlap_in_memory() -> None:
    whole = drawn(1, 9, 4, 16)
    overlapping = np.lib.stride_tricks.sliding_window_view(whole, 3, axis=0)  # (7, 4, 16, 3)
    patches = overlapping.transpose(0, 3, 1, 2).reshape(7, 12, 16)
    kernel = drawn(2, 1, 5, 12)
    np.testing.assert_allclose(product(kernel, patches), np.matmul(kernel, patches), atol=1e-12)


@given(
    SIZES,
    SIZES,
    SIZES,
    ORDERS,
    st.sampled_from("CF"),
    st.sampled_from([0, 0.5, 1]),
    st.floats(-2, 2),
)
def test_blending_a_product_is_adding_its_array(
    rows: int, inner: int, columns: int, factor: str, order: str, keep: float, scale: float
) -> None:
    gradient = Product(laid(drawn(1, rows, inner), factor), laid(drawn(2, inner, columns), factor))
    start = laid(drawn(3, rows, columns), order)
    out = start.copy(order="K")
    blend(out, gradient, keep, scale)
    np.testing.assert_allclose(out, keep * start + scale * np.asarray(gradient), atol=1e-12)


@given(
    SIZES,
    SIZES,
    SIZES,
    ORDERS,
    ORDERS,
    st.sampled_from("fd"),
    st.sampled_from([0, 0.5, 1]),
    st.floats(-2, 2, width=32),
)
def test_blas_adds_a_product_in_place_and_touches_nothing_around_it(
    rows: int,
    inner: int,
    columns: int,
    left: str,
    right: str,
    dtype: str,
    keep: float,
    scale: float,
) -> None:
    a = laid(drawn(1, rows, inner).astype(dtype), left)
    b = laid(drawn(2, inner, columns).astype(dtype), right)
    page = drawn(3, rows + 4, columns + 6).astype(dtype)
    before = page.copy()
    out = page[2:-2, 3:-3]
    done = add_product(a, b, out, keep, scale)
    want = before.copy()
    if done:
        want[2:-2, 3:-3] = keep * before[2:-2, 3:-3] + scale * (a @ b)
    np.testing.assert_allclose(page, want, atol=1e-4 if dtype == "f" else 1e-12)
    if SHOWS_BLAS and rows and inner and columns and "S" not in left + right:
        assert done


@given(
    SIZES,
    SIZES,
    ORDERS,
    ORDERS,
    st.sampled_from("fd"),
    st.sampled_from([0, 0.5, 1]),
    st.floats(-2, 2, width=32),
)
def test_blending_an_array_is_adding_it(
    rows: int, columns: int, left: str, right: str, dtype: str, keep: float, scale: float
) -> None:
    gradient = laid(drawn(1, rows, columns).astype(dtype), left)
    start = drawn(2, rows, columns).astype(dtype)
    want = keep * start + scale * gradient
    out = laid(start, right)
    blend(out, gradient, keep, scale)
    np.testing.assert_allclose(out, want, atol=1e-6 if dtype == "f" else 1e-12)
    assert out.dtype == dtype


@given(
    st.integers(0, 300),
    st.sampled_from("fd"),
    st.sampled_from([0.5, 0.999, 1]),
    st.floats(-2, 2, width=32),
)
def test_blas_adds_an_array_in_place_and_touches_nothing_around_it(
    count: int, dtype: str, keep: float, scale: float
) -> None:
    x, page = drawn(1, count).astype(dtype), drawn(2, count + 20).astype(dtype)
    before = page.copy()
    done = add_array(x, page[10:-10], keep, scale)
    want = before.copy()
    if done:
        want[10:-10] = keep * before[10:-10] + scale * x
    np.testing.assert_allclose(page, want, atol=1e-6 if dtype == "f" else 1e-12)
    assert done == SHOWS_BLAS


def test_blas_adds_no_array_that_it_would_spoil() -> None:
    x, out = drawn(1, 4, 6), drawn(2, 4, 6)
    line = np.zeros(40)
    refused = {
        "another memory order": (x, np.asfortranarray(out)),
        "another shape": (drawn(1, 6, 4), out),
        "another machine's bytes": (x.astype(">f8"), out.astype(">f8")),
        "two dtypes": (x.astype(np.float32), out),
        "a dtype that BLAS has not": (x.astype(np.longdouble), out.astype(np.longdouble)),
        "gaps": (drawn(1, 4, 12)[:, ::2], drawn(2, 4, 12)[:, ::2]),
        "backwards": (x[::-1], out[::-1]),
        "an overlap": (line[:24], line[8:32]),
        "a broadcast": (np.broadcast_to(x[:1], x.shape), out),
        "no alignment": (x, np.zeros(out.nbytes + 1, np.uint8)[1:].view("f8").reshape(4, 6)),
    }
    for what, (left, target) in refused.items():
        before = np.array(target)
        assert not add_array(left, target, 1.0, 1.0), what
        np.testing.assert_array_equal(target, before, what)
    out.flags.writeable = False
    assert not add_array(x, out, 1.0, 1.0)


def test_the_numbers_of_a_blend_may_be_numpy_s() -> None:
    a, b = drawn(1, 4, 5), drawn(2, 5, 6)
    for number in (np.float32(0.5), np.float64(0.5), np.int64(1), 1):
        for gradient in (Product(a, b), a @ b):
            out = np.ones((4, 6))
            blend(out, gradient, number, number)
            np.testing.assert_allclose(out, float(number) * (1 + a @ b), atol=1e-12)


def test_blas_takes_no_product_that_it_would_spoil() -> None:
    a, b, out = drawn(1, 4, 5), drawn(2, 5, 6), drawn(3, 4, 6)
    whole = np.zeros((9, 6))
    refused = {
        "an out in Fortran's order": (a, b, np.asfortranarray(out)),
        "factors that do not meet": (a, drawn(2, 4, 6), out),
        "an out that is too small": (a, b, drawn(3, 4, 5)),
        "a vector": (a, b[:, 0], out[:, 0]),
        "another machine's bytes": tuple(x.astype(">f8") for x in (a, b, out)),
        "two dtypes": (a, b.astype(np.float32), out),
        "a dtype that BLAS has not": tuple(x.astype(np.longdouble) for x in (a, b, out)),
        "rows and columns with gaps": (a, drawn(2, 10, 12)[::2, ::2], out),
        "rows backwards": (a, b[::-1], out),
        "an overlap": (whole[:4, :5], b, whole[3:7]),
        "a broadcast": (a, np.broadcast_to(b[:1], b.shape), out),
        "no alignment": (a, b, np.zeros(out.nbytes + 1, np.uint8)[1:].view("f8").reshape(4, 6)),
    }
    for what, (left, right, target) in refused.items():
        before = np.array(target)
        assert not add_product(left, right, target, 1.0, 1.0), what
        np.testing.assert_array_equal(target, before, what)
    with pytest.raises(ValueError, match="mismatch"):
        blend(out, Product(a, drawn(2, 4, 6)))
    out.flags.writeable = False
    assert not add_product(a, b, out, 1.0, 1.0)
    with pytest.raises(ValueError, match="read-only"):
        blend(out, Product(a, b))


@given(SIZES, SIZES, SIZES, st.floats(-2, 2))
def test_a_product_scaled_or_turned_is_its_array_scaled_or_turned(
    rows: int, inner: int, columns: int, scale: float
) -> None:
    gradient = Product(drawn(1, rows, inner), drawn(2, inner, columns))
    array = np.asarray(gradient)
    np.testing.assert_allclose(np.asarray(gradient.scaled(scale)), scale * array, atol=1e-12)
    np.testing.assert_allclose(np.asarray(gradient.turned()), array.T, atol=1e-12)
    assert gradient.turned().shape == array.T.shape


@given(SIZES, SIZES, ORDERS)
def test_column_sums_are_sums(rows: int, columns: int, order: str) -> None:
    x = laid(drawn(1, rows, columns), order)
    np.testing.assert_allclose(column_sums(x), x.sum(axis=0), atol=1e-12)


@given(
    st.sampled_from([1, 7, 8192, 8193, 20_000]),
    st.sampled_from([0.0, 1.0, 3e38, np.nan, np.inf, -np.inf]),
    st.floats(0, 1),
    ORDERS,
)
def test_what_is_finite_is_found_at_every_place(
    values: int, bad: float, place: float, order: str
) -> None:
    plain = np.full((values, 2), -3e37, np.float32)
    plain.flat[round(place * (plain.size - 1))] = bad
    x = plain[::-1] if order == "S" else np.asarray(plain, order=order)
    with np.errstate(all="ignore"):
        assert finite(x) == np.isfinite(plain).all()
        assert finite(Product(x.T, np.ones((values, 1), np.float32))) == np.isfinite(plain).all()


@given(SIZES, SIZES, ORDERS, st.booleans(), st.booleans())
def test_an_address_is_where_the_memory_begins(
    rows: int, columns: int, order: str, writeable: bool, backwards: bool
) -> None:
    x = laid(drawn(1, rows, columns), order)
    x = x[::-1] if backwards else x
    x.flags.writeable = writeable
    assert address(x) == x.ctypes.data


@given(
    st.lists(st.integers(0, 5), max_size=4).map(tuple),
    st.sampled_from([np.float32, np.float64, np.int64, np.bool_]),
)
def test_what_is_aligned_begins_where_a_cache_line_does(shape: tuple[int, ...], dtype: Any) -> None:
    array = aligned(shape, dtype)
    assert (array.shape, array.dtype) == (shape, np.dtype(dtype))
    assert array.size == 0 or array.ctypes.data % 64 == 0
    assert array.flags.c_contiguous
    array[...] = 1
    assert (array == 1).all()


@given(
    st.lists(st.integers(0, 4), min_size=3, max_size=3),
    st.permutations(range(3)),
    st.permutations(range(3)),
)
def test_values_are_laid_as_another_array_lies(
    shape: list[int], own: list[int], other: list[int]
) -> None:
    def turned(order: list[int]) -> Any:
        return np.empty([shape[axis] for axis in order]).transpose(np.argsort(order))

    x, like = turned(own), turned(other)
    x[...] = drawn(1, *shape)
    result = lying_like(x, like)
    np.testing.assert_array_equal(result, x)
    assert result is x or result.size < 2 or result.strides == np.empty_like(like).strides
    assert (result is x) == (x.strides == like.strides)
