"""What holds for every optimizer, and what is special about some."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec import OptimizerSpec, Product, Rows, SpecError, builtins
from netspec.builtins.optimizers.adam import Adam
from netspec.builtins.optimizers.lamb import LAMB
from netspec.builtins.optimizers.lion import Lion
from netspec.builtins.optimizers.pieces import pieces, values_of
from netspec.builtins.optimizers.sgd import SGD

TYPES = sorted(builtins.netspec_optimizers())
every_optimizer = pytest.mark.parametrize("type_", TYPES)


def path(spec: OptimizerSpec, gradients: Any, dtype: Any, start: float = 1.0) -> list[float]:
    """Where one weight stands after each of these gradients."""
    optimizer, w = spec.build(), np.array([start], dtype)
    slots, found = optimizer.slots(w.shape, w.dtype), []
    for t, gradient in enumerate(gradients, start=1):
        optimizer.update(w, np.array([gradient], dtype), slots, spec.learning_rate, t)  # type: ignore[arg-type]
        found.append(float(w[0]))
    return found


@every_optimizer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_parameters_and_slots_keep_their_dtype_and_place(type_: str, dtype: Any, make: Any) -> None:
    optimizer = make(OptimizerSpec, type_).build()
    w = np.ones((3, 2), dtype)
    slots = optimizer.slots(w.shape, w.dtype)
    before = dict(slots)
    optimizer.update(w, np.ones_like(w), slots, 0.1, 1)
    assert w.dtype == dtype
    assert (w != 1).all()
    for key, slot in slots.items():
        assert slot is before[key]
        assert slot.dtype == dtype


@every_optimizer
def test_it_goes_downhill(type_: str, make: Any) -> None:
    """From (2, −3) to the lowest point of a bowl; Adadelta's steps begin small and want rate 1."""
    rate = 1.0 if type_ == "adadelta" else 0.1
    optimizer, w = make(OptimizerSpec, type_).build(), np.array([2.0, -3.0])
    slots = optimizer.slots(w.shape, w.dtype)
    for t in range(1, 1001):
        optimizer.update(w, 2 * w, slots, rate, t)
    assert np.abs(w).max() < 0.6


@every_optimizer
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_product_and_rows_move_a_parameter_as_their_arrays_do(
    type_: str, order: Any, make: Any
) -> None:
    rng = np.random.default_rng(5)
    gradients = [
        Product(rng.normal(size=(6, 3)), rng.normal(size=(3, 4))),
        Rows(np.array([4, 1, 4]), rng.normal(size=(3, 4)), (6, 4)),
    ]
    optimizer = make(OptimizerSpec, type_).build()
    start = rng.normal(size=(6, 4))
    moved = []
    for as_array in (False, True):
        w = np.array(start, order=order)
        slots = optimizer.slots(w.shape, w.dtype)
        for t, gradient in enumerate(gradients, start=1):
            given = np.array(np.asarray(gradient)) if as_array else gradient
            optimizer.update(w, given, slots, 0.1, t)
        moved.append(w)
    np.testing.assert_allclose(moved[0], moved[1], rtol=1e-12)


@every_optimizer
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_elementwise_rule_is_blind_to_shape_and_pieces(
    type_: str, order: Any, make: Any
) -> None:
    """A large matrix, worked off in pieces, moves as its values laid out in a vector do."""
    optimizer = make(OptimizerSpec, type_).build()
    if not optimizer.elementwise:
        pytest.skip("it looks at the shape")
    rng = np.random.default_rng(6)
    start, gradient = (rng.normal(size=(700, 301)).astype(np.float32) for _ in range(2))
    w, flat = np.array(start, order=order), start.ravel()
    slots, flat_slots = (optimizer.slots(each.shape, each.dtype) for each in (w, flat))
    for t in (1, 2):
        optimizer.update(w, gradient.copy(), slots, 0.1, t)
        optimizer.update(flat, gradient.ravel().copy(), flat_slots, 0.1, t)
    np.testing.assert_allclose(w.ravel(), flat, rtol=1e-6, atol=1e-7)


def test_plain_sgd_multiplies_no_product_out() -> None:
    class Shy(Product):
        def __array__(self, *_: Any, **__: Any) -> Any:
            raise AssertionError("multiplied out")

    rng = np.random.default_rng(7)
    left, right, w = rng.normal(size=(6, 3)), rng.normal(size=(3, 4)), np.zeros((6, 4))
    SGD().build().update(w, Shy(left, right), {}, 0.5, 1)
    np.testing.assert_allclose(w, -0.5 * left @ right)


def test_nesterov_without_momentum_is_refused() -> None:
    with pytest.raises(SpecError, match="momentum above 0"):
        SGD(nesterov=True)
    with pytest.raises(SpecError, match="dampening of 0"):
        SGD(nesterov=True, momentum=0.9, dampening=0.1)


def test_adam_s_first_step_is_the_rate() -> None:
    assert path(Adam(), [1.0], np.float64, 0.0) == pytest.approx([-0.00099999999], rel=1e-12)


def walked(spec: OptimizerSpec, gradients: Any, start: Any) -> Any:
    """Where a parameter of two values stands after each of the gradients."""
    optimizer, w = spec.build(), np.array(start)
    slots, found = optimizer.slots(w.shape, w.dtype), []
    for t, gradient in enumerate(gradients, start=1):
        optimizer.update(w, np.array(gradient), slots, 0.05, t)
        found.append(w.copy())
    return found


GRADIENTS = np.random.default_rng(8).normal(size=(50, 2)).tolist()


def test_fifty_steps_of_lion_are_the_paper_s_algorithm() -> None:
    """Value by value, in plain numbers: interpolate, take the sign, decay, then track."""
    b1, b2, decay = 0.8, 0.95, 0.1
    w, mean = [1.0, -2.0], [0.0, 0.0]
    path = walked(Lion(betas=(b1, b2), weight_decay=decay), GRADIENTS, w)
    for gradient, after in zip(GRADIENTS, path, strict=True):
        for i, g in enumerate(gradient):
            update = math.copysign(1, b1 * mean[i] + (1 - b1) * g)
            w[i] -= 0.05 * (update + decay * w[i])
            mean[i] = b2 * mean[i] + (1 - b2) * g
        np.testing.assert_allclose(after, w, rtol=1e-12)


def test_fifty_steps_of_lamb_are_the_paper_s_algorithm() -> None:
    """The two values are one layer: its step is as long as rate · |w|."""
    b1, b2, decay, eps = 0.8, 0.95, 0.1, 1e-3
    w, mean, square = np.array([1.0, -2.0]), np.zeros(2), np.zeros(2)
    path = walked(LAMB(betas=(b1, b2), weight_decay=decay, eps=eps), GRADIENTS, w)
    for t, (gradient, after) in enumerate(zip(GRADIENTS, path, strict=True), start=1):
        g = np.array(gradient)
        mean, square = b1 * mean + (1 - b1) * g, b2 * square + (1 - b2) * g**2
        ratio = mean / (1 - b1**t) / (np.sqrt(square / (1 - b2**t)) + eps)
        step = ratio + decay * w
        before = w
        w = w - 0.05 * math.hypot(*w) * step / math.hypot(*step)
        assert math.hypot(*(w - before)) == pytest.approx(0.05 * math.hypot(*before))
        np.testing.assert_allclose(after, w, rtol=1e-12)


def test_lamb_moves_weights_of_0_by_the_step_itself() -> None:
    (first,) = walked(LAMB(eps=1e-12), [[1.0, -1.0]], [0.0, 0.0])
    np.testing.assert_allclose(first, [-0.05, 0.05], rtol=1e-9)


@pytest.mark.parametrize("gradient", [1.0, -1.0, 1e-20, 1e20, 0.0])
def test_adam_in_float32_steps_as_in_float64(gradient: float) -> None:
    """Also where the square of the gradient leaves float32."""
    gradients = [gradient] * 20
    exact = path(Adam(), gradients, np.float64, 0.0)
    assert path(Adam(), gradients, np.float32, 0.0) == pytest.approx(exact, rel=1e-4, abs=1e-30)


def test_adam_takes_gradients_of_every_size_one_after_another() -> None:
    gradients = [1.0, -1.0, 0.0, 1e-20, 1e20, 1.0, 0.0]
    exact = path(Adam(), gradients, np.float64, 0.0)
    assert path(Adam(), gradients, np.float32, 0.0) == pytest.approx(exact, rel=1e-4)


@pytest.mark.parametrize("type_", ["adadelta", "lamb", "nadam", "radam", "rmsprop"])
def test_a_gradient_whose_square_leaves_float32_does_not_freeze_a_weight(
    type_: str, make: Any
) -> None:
    """Its share in the mean of squares does not leave it."""
    gradients = [*[1.0] * 6, 3e19, *[1e18] * 9]
    spec = make(OptimizerSpec, type_)
    exact = path(spec, gradients, np.float64, 0.5)
    assert path(spec, gradients, np.float32, 0.5) == pytest.approx(exact, rel=1e-4)


@given(st.integers(1, 400), st.integers(1, 400), st.sampled_from("CF"))
def test_pieces_visit_every_value_once(rows: int, columns: int, order: Any) -> None:
    whole = np.zeros((rows, columns), order=order)
    beside = np.arange(rows * columns).reshape(rows, columns)
    for part, same in pieces(whole, beside):
        part += 1 + same
    np.testing.assert_array_equal(whole, beside + 1)


def test_a_product_is_multiplied_out_in_the_parameter_s_memory_order() -> None:
    product = Product(np.ones((5, 2)), np.ones((2, 3)))
    assert values_of(product, np.zeros((5, 3), order="F")).flags.f_contiguous
    assert values_of(product, np.zeros((5, 3))).flags.c_contiguous
