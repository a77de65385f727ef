"""What holds for every activation, and what is special about some."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from netspec import Activation, builtins
from netspec.builtins.activations.sigmoid import Sigmoid
from netspec.builtins.activations.softmax import Softmax
from netspec.builtins.activations.step import Step

TYPES = sorted(builtins.netspec_activations())
UNBOUNDED = {"exponential"}
every_activation = pytest.mark.parametrize("type_", TYPES)
numbers = arrays.arrays(
    np.float32,
    st.tuples(st.integers(0, 5), st.integers(1, 7)),
    elements=st.floats(-50, 50, width=32),
)


@every_activation
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (40, 3), (4, 5, 3)])
def test_shape_and_dtype_stay_and_inputs_are_not_written(
    type_: str, dtype: Any, shape: Any, make: Any
) -> None:
    activation = make(Activation, type_)
    rng = np.random.default_rng(0)
    x, grad = (rng.normal(size=shape).astype(dtype) for _ in range(2))
    x.flags.writeable = grad.flags.writeable = False
    y = activation.forward(x)
    y.flags.writeable = False
    for array in (y, activation.backward(grad, x, y)):
        assert array.shape == shape
        assert array.dtype == dtype


@every_activation
def test_backward_is_the_derivative_of_forward(type_: str, make: Any) -> None:
    """By central differences, along a random direction, away from kinks."""
    activation = make(Activation, type_)
    if not activation.differentiable:
        pytest.skip("it has no derivative")
    rng = np.random.default_rng(1)
    x, grad, direction = (rng.normal(0, 1.7, (40, 6)) for _ in range(3))
    h = 1e-6
    ahead, behind = activation.forward(x + h * direction), activation.forward(x - h * direction)
    measured = (grad * (ahead - behind)).sum() / (2 * h)
    derived = (activation.backward(grad, x, activation.forward(x)) * direction).sum()
    assert derived == pytest.approx(measured, rel=1e-6)


@every_activation
def test_large_values_give_finite_numbers_without_a_warning(type_: str, make: Any) -> None:
    activation = make(Activation, type_)
    x = np.array([[-1e4, -100, -1, 0, 1, 100, 1e4]], np.float32)
    if type_ in UNBOUNDED:
        x = np.minimum(x, 80)
    y = activation.forward(x)
    slope = activation.backward(np.ones_like(x), x, y)
    assert np.isfinite(y).all()
    assert np.isfinite(slope).all()


@given(numbers)
def test_sigmoid_in_float32_is_within_1e_7(x: Any) -> None:
    exact = 1 / (1 + np.exp(-x.astype(np.float64)))
    assert np.abs(Sigmoid().forward(x) - exact).max(initial=0) <= 1e-7


def test_sigmoid_in_float64_keeps_its_digits_far_out() -> None:
    x = np.array([-700.0, -40.0])
    np.testing.assert_allclose(Sigmoid().forward(x), np.exp(x), rtol=1e-15)


@given(numbers)
def test_softmax_gives_distributions_that_ignore_a_shift(x: Any) -> None:
    y = Softmax().forward(x)
    assert (y >= 0).all()
    np.testing.assert_allclose(y.sum(axis=-1), 1, rtol=1e-5)
    np.testing.assert_allclose(Softmax().forward(x + 8), y, rtol=1e-4, atol=1e-6)


def test_softmax_of_logits_of_1e4_is_exact() -> None:
    x = np.array([[1e4, -1e4, -1e4], [1e4, 1e4, -1e4]], np.float32)
    np.testing.assert_array_equal(Softmax().forward(x), [[1, 0, 0], [0.5, 0.5, 0]])


def test_step_is_1_above_its_threshold_and_0_at_it() -> None:
    x = np.array([-1.0, 0.0, 0.5, 2.0])
    np.testing.assert_array_equal(Step().forward(x), [0, 0, 1, 1])
    np.testing.assert_array_equal(Step(threshold=0.5).forward(x), [0, 0, 0, 1])
    assert not Step.differentiable
