"""What an optimizer promises, one check a promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from netspec.arrays import Array, Gradient, Product, Rows, Shape
from netspec.kinds import Clock, Optimizer, OptimizerSpec

from .bench import grid
from .findings import Check, prove

__all__ = ["check_optimizer"]

_SHAPE = (4, 3)
_SHAPES: tuple[Shape, ...] = (_SHAPE, (3,), (), (2, 3, 2, 2))
_RATE = 0.01


def check_optimizer(
    spec: OptimizerSpec, *, expected: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Prove an optimizer on a parameter `(4, 3)`, and what it does with one of any number of axes.

    Raises AssertionError with every fault.
    """
    return prove(spec, _CHECKS, expected=expected)


def _start(dtype: Any = np.float64) -> Array:
    return grid(_SHAPE, 1.0).astype(dtype)


def _moved(
    optimizer: Optimizer, parameter: Array, gradients: list[Gradient], rate: float = _RATE
) -> Array:
    """The parameter after a step for each gradient."""
    slots = optimizer.slots(parameter.shape, parameter.dtype)
    for t, gradient in enumerate(gradients, start=1):
        optimizer.update(parameter, gradient, slots, rate, t)
    return parameter


def _gradients(dtype: Any = np.float64, steps: int = 4) -> list[Gradient]:
    return [grid(_SHAPE, 1.0, seed=n).astype(dtype) for n in range(steps)]


def _rate(spec: OptimizerSpec) -> Iterator[str]:
    """The learning rate is a finite number that is not negative."""
    for step in range(6):
        value = spec.rate(Clock(step, step // 2, 2, 6))
        if not (np.isfinite(value) and value >= 0):
            yield f"at step {step} it is {value}"


def _determinism(spec: OptimizerSpec) -> Iterator[str]:
    """The same gradients move the same parameter to the same bits."""
    first, again = (_moved(spec.build(), _start(), _gradients()) for _ in range(2))
    if not np.array_equal(first, again):
        yield "moved again, a parameter ends elsewhere: it draws numbers of its own"


def _by_the_rate(spec: OptimizerSpec) -> Iterator[str]:
    """A step depends on the rate that it is given, through which schedules reach it."""
    one, other = (_moved(spec.build(), _start(), _gradients(steps=1), r) for r in (0.01, 0.02))
    if np.array_equal(one, other):
        yield "a step of rate 0.01 is one of rate 0.02: go by the argument, not by the spec"


def _gradients_of_zero(spec: OptimizerSpec) -> Iterator[str]:
    """Where every gradient is 0, nothing becomes infinite or NaN."""
    for dtype in (np.float32, np.float64):
        with np.errstate(all="ignore"):
            moved = _moved(spec.build(), _start(dtype), [np.zeros(_SHAPE, dtype) for _ in range(3)])
        if not np.isfinite(moved).all():
            yield f"a parameter of {np.dtype(dtype)} becomes {moved[~np.isfinite(moved)][0]}"


def _in_place(spec: OptimizerSpec) -> Iterator[str]:
    """A step moves the very arrays that it is given, and keeps their dtype."""
    for dtype in (np.float32, np.float64):
        optimizer = spec.build()
        parameter = _start(dtype)
        slots = optimizer.slots(_SHAPE, parameter.dtype)
        held = dict(slots)
        before = parameter.copy()
        optimizer.update(parameter, grid(_SHAPE, 1.0).astype(dtype), slots, np.float64(_RATE), 1)
        if np.array_equal(parameter, before):
            yield "a step does not move the parameter"
        for name in held.keys() | slots.keys():
            if slots.get(name) is not held.get(name):
                yield f"a step adds or replaces the slot {name}: write into it"
        for name, slot in held.items():
            if slot.dtype.kind == "f" and slot.dtype != dtype:
                yield f"the slot {name} is {slot.dtype} for a parameter of {np.dtype(dtype)}"


def _any_axes(spec: OptimizerSpec) -> Iterator[str]:
    """A bias, a single number and a filter move too, and stay finite."""
    for shape in _SHAPES:
        start = grid(shape, 1.0)
        gradients = [grid(shape, 1.0, seed=n) for n in range(4)]
        with np.errstate(all="ignore"):
            moved = _moved(spec.build(), start.copy(), [*gradients])
        if np.array_equal(moved, start):
            yield f"a parameter {shape} does not move"
        if not np.isfinite(moved).all():
            yield f"a parameter {shape} becomes {moved[~np.isfinite(moved)][0]}"


def _downhill(spec: OptimizerSpec) -> Iterator[str]:
    """The first step goes against the gradient, of a bias as well."""
    for shape in (_SHAPE, (3,)):
        start, gradient = grid(shape, 1e-3), grid(shape, 1.0)
        moved = _moved(spec.build(), start.copy(), [gradient.copy()])
        if float(((moved - start) * gradient).sum()) >= 0:
            yield f"a parameter {shape} goes along the gradient"


def _products_and_rows(spec: OptimizerSpec) -> Iterator[str]:
    """A gradient that is a `Product` or `Rows` counts as its array."""
    left, right = grid((4, 2), 1.0), grid((2, 3), 1.0, seed=1)
    index = np.array([2, 0, 2])
    ways: dict[str, Any] = {
        "a Product": lambda: Product(left.copy(), right.copy()),
        "Rows": lambda: Rows(index.copy(), grid((3, 3), 1.0), _SHAPE),
    }
    for name, make in ways.items():
        lazily = _moved(spec.build(), _start(), [make() for _ in range(3)])
        plainly = _moved(spec.build(), _start(), [np.asarray(make()) for _ in range(3)])
        if not np.allclose(lazily, plainly, rtol=1e-9, atol=1e-12):
            yield f"{name} moves the parameter elsewhere than its array"


def _memory_order(spec: OptimizerSpec) -> Iterator[str]:
    """How the parameter lies in memory makes no difference."""
    plain = _moved(spec.build(), _start(), _gradients())
    turned = _moved(spec.build(), np.asfortranarray(_start()), _gradients())
    if not np.allclose(plain, turned, rtol=1e-9, atol=1e-12):
        yield "a transposed parameter moves elsewhere"


def _elementwise(spec: OptimizerSpec) -> Iterator[str]:
    """One that says so treats the values of several parameters, laid out as one vector, alike."""
    if not spec.build().elementwise:
        return
    starts = [_start(), 3 * _start()[:2]]
    gradients = [
        [np.asarray(g) for g in _gradients()],
        [9 * np.asarray(g)[:2] for g in _gradients()],
    ]
    alone = [
        _moved(spec.build(), start.copy(), [g.copy() for g in each]).ravel()
        for start, each in zip(starts, gradients, strict=True)
    ]
    joined = [np.concatenate([g.ravel() for g in pair]) for pair in zip(*gradients, strict=True)]
    flat = _moved(spec.build(), np.concatenate([start.ravel() for start in starts]), [*joined])
    if not np.allclose(np.concatenate(alone), flat, rtol=1e-9, atol=1e-12):
        yield (
            "in one vector with others a parameter moves elsewhere than alone: "
            "say elementwise = False"
        )


def _nothing_kept(spec: OptimizerSpec) -> Iterator[str]:
    """What it remembers lies in the slots: parameters do not meet in it, and a resume needs no more."""
    plain = _moved(spec.build(), _start(), _gradients())
    optimizer = spec.build()
    parameter, other = _start(), _start() + 1
    slots = optimizer.slots(_SHAPE, parameter.dtype)
    others = optimizer.slots(_SHAPE, parameter.dtype)
    for t, gradient in enumerate(_gradients(), start=1):
        if t == 3:
            optimizer = spec.build()
        optimizer.update(other, -np.asarray(gradient), others, _RATE, t)
        optimizer.update(parameter, gradient, slots, _RATE, t)
    if not np.array_equal(parameter, plain):
        yield "beside another parameter, or resumed after two steps, a parameter moves elsewhere"


_CHECKS: tuple[Check[OptimizerSpec], ...] = (
    _rate,
    _determinism,
    _by_the_rate,
    _gradients_of_zero,
    _in_place,
    _any_axes,
    _downhill,
    _products_and_rows,
    _memory_order,
    _elementwise,
    _nothing_kept,
)
