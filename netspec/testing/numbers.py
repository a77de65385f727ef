"""What the small kinds promise: initializers, regularizers and schedules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netspec.arrays import Array, Shape
from netspec.errors import NetspecError
from netspec.kinds import Clock, Initializer, Regularizer, Schedule

from .bench import grid
from .findings import prove
from .slopes import compared, slopes

__all__ = ["check_initializer", "check_regularizer", "check_schedule"]

_SHAPES: tuple[Shape, ...] = ((6, 4), (4, 6), (5,), (3, 2, 3, 3), (4, 4))


def check_initializer(
    initializer: Initializer, *, expected: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Prove an initializer. Raises AssertionError with every fault."""
    return prove(initializer, (_draws, _same_stream), expected=expected)


def check_regularizer(
    regularizer: Regularizer, *, expected: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Prove a regularizer. Raises AssertionError with every fault."""
    return prove(regularizer, (_value, _gradient, _float32), expected=expected)


def check_schedule(
    schedule: Schedule, *, expected: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Prove a schedule. Raises AssertionError with every fault."""
    return prove(schedule, (_rates, _pure, _total), expected=expected)


def _draw(initializer: Initializer, shape: Shape, seed: int = 0) -> Array | None:
    """A draw, or None where the shape is refused with an error of netspec."""
    try:
        return np.asarray(initializer.draw(np.random.default_rng(seed), shape, 4, 6))
    except NetspecError:
        return None


def _draws(initializer: Initializer) -> Iterator[str]:
    """Finite numbers of the shape that is asked for, for one shape at least."""
    given = {shape: _draw(initializer, shape) for shape in _SHAPES}
    if all(values is None for values in given.values()):
        yield f"it refuses every shape of {_SHAPES}"
    for shape, values in given.items():
        if values is not None and (values.shape != shape or not np.isfinite(values).all()):
            yield f"for {shape} it gives {values.shape}, or numbers that are not finite"


def _same_stream(initializer: Initializer) -> Iterator[str]:
    """All chance comes from the generator that it is given."""
    for shape in _SHAPES:
        first, again = _draw(initializer, shape), _draw(initializer, shape)
        if first is not None and again is not None and not np.array_equal(first, again):
            yield f"two draws of {shape} from equal generators differ"


def _value(regularizer: Regularizer) -> Iterator[str]:
    """The penalty is one finite number, and 0 or more."""
    penalty = regularizer.value(grid(_SHAPES[0], 1.0))
    if np.shape(penalty) != () or not (np.isfinite(penalty) and penalty >= 0):
        yield f"it is {penalty!r}"


def _gradient(regularizer: Regularizer) -> Iterator[str]:
    """∂penalty/∂array is the slope, and the array is not written to."""
    array = grid(_SHAPES[0], 1.0)
    before = array.copy()
    computed = np.asarray(regularizer.gradient(array))
    if not np.array_equal(array, before):
        yield "it writes into the array"
    if computed.shape != array.shape:
        yield f"it has shape {computed.shape}, not {array.shape}"
        return
    measured = slopes(array, lambda: np.asarray(regularizer.value(array)), np.ones(()))
    yield from compared("∂array", computed, list(measured), array.size)


def _float32(regularizer: Regularizer) -> Iterator[str]:
    """The gradient of a float32 array is float32."""
    dtype = np.asarray(regularizer.gradient(grid(_SHAPES[0], 1.0).astype(np.float32))).dtype
    if dtype != np.float32:
        yield f"it is {dtype}"


_STEPS = 240
_CLOCKS = [Clock(step, step // 4, 4, _STEPS) for step in range(_STEPS)]


def _rates(schedule: Schedule) -> Iterator[str]:
    """Every rate is a finite float that is not negative, also where there is one step in all."""
    for clock in (*_CLOCKS, Clock(0, 0, 1, 1)):
        rate = schedule.rate(clock)
        if not isinstance(rate, float | int) or not (np.isfinite(rate) and rate >= 0):
            yield f"at step {clock.step} it is {rate!r}: give a float, finite and not below 0"
            return


def _pure(schedule: Schedule) -> Iterator[str]:
    """The rate is a function of the clock, whatever was asked before."""
    forward = [schedule.rate(clock) for clock in _CLOCKS]
    if forward != [schedule.rate(clock) for clock in reversed(_CLOCKS)][::-1]:
        yield "asked in another order, it gives other rates"


def _total(schedule: Schedule) -> Iterator[str]:
    """One that looks at the total of steps says so with `uses_total`."""
    if schedule.uses_total:
        return
    for clock in _CLOCKS:
        if schedule.rate(clock) != schedule.rate(clock._replace(steps=2 * _STEPS)):
            yield f"the rate at step {clock.step} changes with the total: say uses_total"
            return
