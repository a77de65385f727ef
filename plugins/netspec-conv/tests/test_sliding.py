"""Windows meet inputs as the definition says, and gradients are the transposes of what they belong to."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from netspec_conv.axis import Axis, Run, by_input, by_output, by_tap
from netspec_conv.sliding import Sliding, inward, outward

from netspec import Array

Triple = tuple[int, int, int]


@st.composite
def windows(draw: st.DrawFn) -> Axis:
    """Any window that fits in, padding on one side less than on the other included."""
    axis = Axis(
        size=draw(st.integers(1, 9)),
        kernel=draw(st.integers(1, 5)),
        stride=draw(st.integers(1, 4)),
        dilation=draw(st.integers(1, 3)),
        before=draw(st.integers(0, 6)),
        after=draw(st.integers(-1, 6)),
    )
    assume(axis.outputs > 0)
    return axis


def defined(axis: Axis) -> set[Triple]:
    """Every (output, tap, input) of the definition."""
    return {
        (o, k, o * axis.stride + k * axis.dilation - axis.before)
        for o in range(axis.outputs)
        for k in range(axis.kernel)
        if 0 <= o * axis.stride + k * axis.dilation - axis.before < axis.size
    }


def told(runs: tuple[Run, ...]) -> Iterator[Triple]:
    """Every (place, tap, partner) that runs tell of."""
    for run in runs:
        taps = range(100)[run.taps]
        assert len(taps) == run.length
        for n, place in enumerate(range(100)[run.places]):
            for m, tap in enumerate(taps):
                yield place, tap, run.first + n * run.after + m * run.step


@given(windows())
def test_each_way_of_looking_at_a_window_tells_every_meeting_once(axis: Axis) -> None:
    tapped = [
        (o, k, i)
        for k, (outputs, inputs) in enumerate(by_tap(axis))
        for o, i in zip(range(100)[outputs], range(100)[inputs], strict=True)
    ]
    through = list(told(by_output(axis)))
    back = [(o, axis.kernel - 1 - k, i) for i, k, o in told(by_input(axis))]
    for ways in (tapped, through, back):
        assert len(ways) == len(set(ways))
        assert set(ways) == defined(axis)


@given(windows())
def test_each_place_stands_in_one_run(axis: Axis) -> None:
    for runs, count in ((by_output(axis), axis.outputs), (by_input(axis), axis.size)):
        places = [place for run in runs for place in range(100)[run.places]]
        assert sorted(places) == list(range(count))


@given(windows())
def test_what_is_said_of_a_window_is_so(axis: Axis) -> None:
    meetings = defined(axis)
    assert axis.inside == (len(meetings) == axis.outputs * axis.kernel)
    inputs = sorted(i for _, _, i in meetings)
    if axis.tiles:
        assert inputs == list(range(axis.size))
    if axis.identical:
        assert meetings == {(n, 0, n) for n in range(axis.size)}


def plain(sliding: Sliding, x: Array, weight: Array) -> Array:
    """The definition, value by value: `(H, C, W, N)` to `(height, outputs, width, N)`."""
    out, depth = weight.shape[:2]
    each = out // sliding.groups
    y = np.zeros((sliding.rows.outputs, out, sliding.columns.outputs, x.shape[-1]))
    for u, i, row in defined(sliding.rows):
        for v, j, column in defined(sliding.columns):
            for o in range(out):
                first = o // each * depth
                y[u, o, v] += weight[o, :, i, j] @ x[row, first : first + depth, column]
    return y


@st.composite
def problems(draw: st.DrawFn) -> tuple[Sliding, Array, Array]:
    """How a kernel slides, what it slides over, and the kernel."""
    rows, columns, groups = draw(windows()), draw(windows()), draw(st.integers(1, 2))
    depth, each = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    rng = np.random.default_rng(draw(st.integers(0, 9)))
    x = rng.normal(size=(rows.size, groups * depth, columns.size, draw(st.integers(0, 3))))
    weight = rng.normal(size=(groups * each, depth, rows.kernel, columns.kernel))
    return Sliding(rows, columns, groups), x, weight


@given(problems())
def test_a_convolution_is_its_definition(problem: tuple[Sliding, Array, Array]) -> None:
    sliding, x, weight = problem
    y = sliding.correlate(sliding.bands(x), weight)
    np.testing.assert_allclose(y, plain(sliding, x, weight), rtol=1e-11, atol=1e-11)


@given(problems())
def test_gradients_are_the_transposes(problem: tuple[Sliding, Array, Array]) -> None:
    """Σ δ (w ⋆ x) = Σ (spread of δ) x = Σ (∂w) w, whatever x, w and δ are."""
    sliding, x, weight = problem
    bands = sliding.bands(x)
    y = sliding.correlate(bands, weight)
    delta = np.random.default_rng(1).normal(size=y.shape)
    whole = np.sum(delta * y)
    np.testing.assert_allclose(np.sum(sliding.spread(delta, weight) * x), whole, atol=1e-9)
    np.testing.assert_allclose(np.sum(sliding.by_kernel(bands, delta) * weight), whole, atol=1e-9)


def test_products_too_large_for_one_call_are_the_same() -> None:
    """Row by row, as for networks whose products BLAS might share among threads."""
    rows = Axis(9, 3, before=1, after=1)
    sliding = Sliding(rows, Axis(70, 5), 2)
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(9, 16, 70, 20)), rng.normal(size=(24, 8, 3, 5))
    bands = sliding.bands(x)
    y = sliding.correlate(bands, weight)
    np.testing.assert_allclose(y, plain(sliding, x, weight), rtol=1e-9, atol=1e-9)
    delta = rng.normal(size=y.shape)
    whole = np.sum(delta * y)
    np.testing.assert_allclose(np.sum(sliding.spread(delta, weight) * x), whole)
    np.testing.assert_allclose(np.sum(sliding.by_kernel(bands, delta) * weight), whole)


def test_images_are_copied_only_where_they_lie_otherwise() -> None:
    images = np.random.default_rng(0).normal(size=(5, 4, 3, 2))
    lying = inward(images)
    assert lying.shape == (4, 2, 3, 5)
    assert lying.flags.c_contiguous
    np.testing.assert_array_equal(outward(lying), images)
    assert np.shares_memory(inward(outward(lying)), lying)
