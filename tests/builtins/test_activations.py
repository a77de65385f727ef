"""What holds for every activation, and what is special about some."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext
from platform import machine
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.lib.introspect import opt_func_info

from netspec import Activation, Registry, builtins
from netspec.builtins.activations.celu import CELU
from netspec.builtins.activations.gelu import GELU
from netspec.builtins.activations.log_softmax import LogSoftmax
from netspec.builtins.activations.sigmoid import Sigmoid
from netspec.builtins.activations.softmax import Softmax
from netspec.builtins.activations.step import Step
from netspec.builtins.stable import AVX512
from netspec.testing import examples

TYPES = sorted(builtins.netspec_activations())
UNBOUNDED = {"exponential"}
EXAMPLES = [
    pytest.param(spec, id=f"{offer.type}-{n + 1}" if n else offer.type)
    for offer in Registry(builtins).offers()
    if offer.kind == "activation"
    for n, spec in enumerate(examples(offer.load()))
]
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


@pytest.mark.parametrize("activation", EXAMPLES)
def test_large_values_give_finite_numbers_without_a_warning(activation: Activation) -> None:
    x = np.array([[-1e4, -100, -1, 0, 1, 100, 1e4]], np.float32)
    if activation.type in UNBOUNDED:
        x = np.minimum(x, 80)
    y = activation.forward(x)
    slope = activation.backward(np.ones_like(x), x, y)
    assert np.isfinite(y).all()
    assert np.isfinite(slope).all()


# The output, and the slope, at −1e4 and at 1e4.
LIMITS: dict[str, tuple[list[float], list[float]]] = {
    "celu": ([-1, 1e4], [0, 1]),
    "elu": ([-1, 1e4], [0, 1]),
    "exponential": ([0, np.inf], [0, np.inf]),
    "gelu": ([0, 1e4], [0, 1]),
    "hard_sigmoid": ([0, 1], [0, 0]),
    "hard_swish": ([0, 1e4], [0, 1]),
    "hard_tanh": ([-1, 1], [0, 0]),
    "identity": ([-1e4, 1e4], [1, 1]),
    "leaky_relu": ([-100, 1e4], [0.01, 1]),
    "log_sigmoid": ([-1e4, 0], [1, 0]),
    "mish": ([0, 1e4], [0, 1]),
    "relu": ([0, 1e4], [0, 1]),
    "relu6": ([0, 6], [0, 0]),
    "sigmoid": ([0, 1], [0, 0]),
    "silu": ([0, 1e4], [0, 1]),
    "softplus": ([0, 1e4], [0, 1]),
    "step": ([0, 1], [0, 0]),
    "tanh": ([-1, 1], [0, 0]),
}
# These look at rows, or have no round number there; the oracle and the test above hold for them.
ELSEWHERE = {"log_softmax", "selu", "softmax", "softsign"}


def test_every_activation_has_its_limits_written_down() -> None:
    assert LIMITS.keys() | ELSEWHERE == set(TYPES)


@pytest.mark.parametrize("type_", LIMITS)
def test_at_1e4_an_activation_is_its_limit_to_the_bit(type_: str, make: Any) -> None:
    """In float32, without a warning."""
    activation, (values, slopes) = make(Activation, type_), LIMITS[type_]
    x = np.array([-1e4, 1e4], np.float32)
    y = activation.forward(x)
    np.testing.assert_array_equal(y, np.array(values, np.float32))
    if activation.differentiable:
        slope = activation.backward(np.ones_like(x), x, y)
        np.testing.assert_array_equal(slope, np.array(slopes, np.float32))


@pytest.mark.parametrize("activation", EXAMPLES)
def test_the_largest_numbers_of_float32_give_no_warning(activation: Activation) -> None:
    """In whatever company they stand in a row."""
    x = np.array([[3e38, 0], [-3e38, 0], [3e38, -3e38], [-3e38, -3e38], [3e38, 3e38]], np.float32)
    y = activation.forward(x)
    slope = activation.backward(np.ones_like(x), x, y)
    assert not np.isnan(y).any()
    if activation.type not in UNBOUNDED:
        assert np.isfinite(slope).all()


def test_a_distance_outside_float32_leaves_the_larger_logit_sure() -> None:
    x = np.array([[3e38, -3e38], [-2.5e38, -3e38], [1e38, 2.5e38], [-3e38, -3e38]], np.float32)
    sure = [[1, 0], [1, 0], [0, 1], [0.5, 0.5]]
    np.testing.assert_array_equal(Softmax().forward(x), sure)
    logs = LogSoftmax().forward(x)
    nearest = [[0, -np.inf], [0, x[1, 1] - x[1, 0]], [x[2, 0] - x[2, 1], 0]]
    np.testing.assert_array_equal(logs[:3], nearest)
    np.testing.assert_allclose(logs[3], np.log(0.5), rtol=1e-6)


@given(
    arrays.arrays(
        np.float32, (3, 4), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)
    )
)
def test_softmax_of_any_finite_numbers_is_a_distribution(x: Any) -> None:
    """In float32 as in float64, where no distance of these overflows; without a warning."""
    exact = x.astype(np.float64)
    np.testing.assert_allclose(Softmax().forward(x), Softmax().forward(exact), atol=1e-6)
    assert not np.isnan(LogSoftmax().forward(x)).any()


@pytest.mark.parametrize("alpha", [0.01, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_celu_reaches_its_limit_whatever_alpha(alpha: float, dtype: Any) -> None:
    celu = CELU(alpha=alpha)
    least = np.finfo(dtype).min
    x = np.array([least, -1e4, -41 * alpha, -39 * alpha, -0.5 * alpha], dtype)
    y = celu.forward(x)
    expected = alpha * np.expm1(np.maximum(x.astype(np.float64), -1e9) / alpha)
    np.testing.assert_allclose(y, expected, rtol=4 * np.finfo(dtype).eps)
    np.testing.assert_array_equal(y[:3], np.array([-alpha] * 3, dtype))


# Value and slope, as text-book formulas of Decimal numbers.
TRUTH: dict[str, tuple[Callable[[Decimal], Decimal], Callable[[Decimal], Decimal]]] = {
    "celu": (
        lambda x: x if x > 0 else ((2 * x).exp() - 1) / 2,
        lambda x: Decimal(1) if x > 0 else (2 * x).exp(),
    ),
    "elu": (
        lambda x: x if x > 0 else (x.exp() - 1) / 2,
        lambda x: Decimal(1) if x > 0 else x.exp() / 2,
    ),
    "selu": (
        lambda x: LAMBDA * (x if x > 0 else ALPHA * (x.exp() - 1)),
        lambda x: LAMBDA * (1 if x > 0 else ALPHA * x.exp()),
    ),
    "silu": (
        lambda x: x / (1 + (-x).exp()),
        lambda x: (1 + (-x).exp() + x * (-x).exp()) / (1 + (-x).exp()) ** 2,
    ),
    "mish": (
        lambda x: x * _gate(x),
        lambda x: _gate(x) + x * (1 - _gate(x) ** 2) / (1 + (-x).exp()),
    ),
    "softplus": (lambda x: (1 + x.exp()).ln(), lambda x: 1 / (1 + (-x).exp())),
    "log_sigmoid": (lambda x: -(1 + (-x).exp()).ln(), lambda x: 1 / (1 + x.exp())),
}
LAMBDA = Decimal("1.0507009873554804934193349852946")
ALPHA = Decimal("1.6732632423543772848170429916717")


def _gate(x: Decimal) -> Decimal:
    """tanh(softplus(x))."""
    square = (1 + x.exp()) ** 2
    return (square - 1) / (square + 1)


@pytest.mark.parametrize("type_", TRUTH)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_value_and_slope_keep_their_digits_far_below_0(type_: str, dtype: Any, make: Any) -> None:
    options = {"alpha": 0.5} if type_ in ("celu", "elu") else {}
    activation = make(Activation, {"type": type_, **options})
    x = np.array([-40, -20, -17, -12, -6, -2.5, -0.5, -1e-4, 1e-4, 0.5, 3, 12, 20], dtype)
    y = activation.forward(x)
    with localcontext() as context:
        context.prec = 60
        truth = [[float(f(Decimal(each.item()))) for each in x] for f in TRUTH[type_]]
    tolerance = 8 * np.finfo(dtype).eps
    np.testing.assert_allclose(y, truth[0], rtol=tolerance)
    np.testing.assert_allclose(activation.backward(np.ones_like(x), x, y), truth[1], rtol=tolerance)


@pytest.mark.parametrize("approximate", [False, True])
def test_gelu_and_its_slope_are_exact_at_the_largest_numbers_of_float32(approximate: bool) -> None:
    gelu, x = GELU(approximate=approximate), np.array([-3e38, 3e38], np.float32)
    y = gelu.forward(x)
    np.testing.assert_array_equal(y, [0, x[1]])
    np.testing.assert_array_equal(gelu.backward(np.ones_like(x), x, y), [0, 1])


@given(numbers)
def test_sigmoid_in_float32_is_within_1e_7(x: Any) -> None:
    exact = 1 / (1 + np.exp(-x.astype(np.float64)))
    assert np.abs(Sigmoid().forward(x) - exact).max(initial=0) <= 1e-7


@pytest.mark.skipif(machine() not in {"x86_64", "AMD64"}, reason="AVX-512 is Intel's and AMD's")
def test_numpy_names_its_avx512_kernel_as_sigmoid_expects() -> None:
    (loop,) = opt_func_info(func_name="^tanh$", signature="float32")["tanh"].values()
    assert any(name in loop["available"] for name in AVX512)


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
