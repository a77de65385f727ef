"""What holds for every initializer, and the spread of each."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest

from netspec import Initializer, Site, SpecError, builtins
from netspec.builtins.initializers.identity import IdentityMatrix
from netspec.builtins.initializers.orthogonal import Orthogonal
from netspec.builtins.initializers.sparse import Sparse
from netspec.builtins.initializers.uniform import Uniform

REQUIRED = {"constant": {"value": 0.25}}
TYPES = sorted(builtins.netspec_initializers())


def initializer(document: Any, make: Any) -> Initializer:
    return make(Initializer, {**REQUIRED.get(document["type"], {}), **document})


@pytest.mark.parametrize("type_", TYPES)
def test_shape_is_right_and_the_stream_alone_decides(type_: str, make: Any) -> None:
    """The same stream gives the same values, and a site casts them to its dtype."""
    each = initializer({"type": type_}, make)
    one, two = (each.draw(np.random.default_rng(1), (4, 6), 6, 4) for _ in range(2))
    assert one.shape == (4, 6)
    assert one.dtype == np.float64
    np.testing.assert_array_equal(one, two)
    assert Site((6,)).draw(each, (4, 6)).dtype == np.float32


@pytest.mark.parametrize(
    ("document", "deviation", "bound"),
    [
        ({"type": "normal", "std": 0.3}, 0.3, None),
        ({"type": "uniform", "low": -0.6, "high": 0.6}, 0.6 / sqrt(3), 0.6),
        ({"type": "fan_in_uniform"}, 1 / sqrt(3 * 400), 1 / sqrt(400)),
        ({"type": "glorot"}, sqrt(2 / 700), sqrt(6 / 700)),
        ({"type": "glorot", "distribution": "normal"}, sqrt(2 / 700), None),
        ({"type": "glorot", "gain": 2.0}, 2 * sqrt(2 / 700), 2 * sqrt(6 / 700)),
        ({"type": "he"}, sqrt(2 / 400), sqrt(6 / 400)),
        ({"type": "he", "distribution": "normal"}, sqrt(2 / 400), None),
        ({"type": "he", "mode": "fan_out"}, sqrt(2 / 300), sqrt(6 / 300)),
        ({"type": "lecun"}, sqrt(1 / 400), None),
        ({"type": "lecun", "distribution": "uniform"}, sqrt(1 / 400), sqrt(3 / 400)),
        ({"type": "truncated_normal", "std": 0.5}, 0.5 * 0.8796, 1.0),
        ({"type": "orthogonal"}, 1 / sqrt(400), None),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_mean_deviation_and_bound_are_what_the_formula_says(
    document: Any, deviation: float, bound: float | None, make: Any
) -> None:
    """For a weight of 300 units with 400 inputs."""
    values = initializer(document, make).draw(np.random.default_rng(2), (300, 400), 400, 300)
    assert values.mean() == pytest.approx(0, abs=4 * deviation / sqrt(values.size))
    assert values.std() == pytest.approx(deviation, rel=0.01)
    if bound is not None:
        assert np.abs(values).max() == pytest.approx(bound, rel=0.01)
        assert np.abs(values).max() <= bound


@pytest.mark.parametrize(
    ("document", "value"),
    [({"type": "zeros"}, 0), ({"type": "ones"}, 1), ({"type": "constant", "value": -2.5}, -2.5)],
)
def test_constants_are_the_same_everywhere(document: Any, value: float, make: Any) -> None:
    values = initializer(document, make).draw(np.random.default_rng(0), (3, 2), 2, 3)
    np.testing.assert_array_equal(values, np.full((3, 2), value))


def test_bounds_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(SpecError, match="exchange"):
        Uniform(low=1, high=-1)


@pytest.mark.parametrize("shape", [(5, 5), (3, 7), (7, 3), (4, 2, 3)])
def test_orthogonal_rows_or_columns_are_orthonormal(shape: Any) -> None:
    w = Orthogonal(gain=2).draw(np.random.default_rng(3), shape, 1, 1).reshape(shape[0], -1)
    gram = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-12)


def test_orthogonal_prefers_no_direction() -> None:
    """A corner of the matrix is as often above 0 as below; plain QR would fix its sign."""
    rng = np.random.default_rng(4)
    corners = [Orthogonal().draw(rng, (3, 3), 3, 3)[0, 0] for _ in range(400)]
    assert np.mean(np.array(corners) > 0) == pytest.approx(0.5, abs=0.1)


def test_an_identity_matrix_copies() -> None:
    w = IdentityMatrix(gain=3).draw(np.random.default_rng(0), (2, 3), 3, 2)
    np.testing.assert_array_equal(w, [[3, 0, 0], [0, 3, 0]])


@pytest.mark.parametrize(("sparsity", "zeros"), [(0.0, 0), (0.25, 3), (0.9, 9), (1.0, 10)])
def test_sparse_leaves_the_same_number_of_values_in_each_column(
    sparsity: float, zeros: int
) -> None:
    """⌈sparsity · 10⌉ of ten are 0, in every column at other places."""
    w = Sparse(sparsity=sparsity, std=0.3).draw(np.random.default_rng(5), (10, 2000), 2000, 10)
    assert ((w == 0).sum(axis=0) == zeros).all()
    if zeros < 10:
        assert w[w != 0].std() == pytest.approx(0.3, rel=0.05)
    assert ((w == 0).mean(axis=1)) == pytest.approx(zeros / 10, abs=0.05)


@pytest.mark.parametrize(
    "each", [Orthogonal(), IdentityMatrix(), Sparse()], ids=lambda each: each.type
)
def test_what_needs_a_matrix_refuses_a_vector(each: Initializer) -> None:
    with pytest.raises(SpecError, match="needs a matrix"):
        each.draw(np.random.default_rng(0), (3,), 3, 3)
