"""A layer's gradients against measured slopes, in float64."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netspec.arrays import Array
from netspec.layer import Layer
from netspec.tape import Tape

from .bench import Bench, Pass, arrays_of, run, upstream
from .causes import cause
from .findings import Check
from .slopes import compared, elements, jacobian, slopes

__all__ = ["GRADIENTS"]


def _input_gradient(bench: Bench) -> Iterator[str]:
    """∂L/∂x is the slope, in evaluation and in training."""
    if not bench.spec.differentiable or bench.integers is not None:
        return
    layer = bench.build()
    for training in (False, True):
        x = bench.x(layer, bench.batch)
        y, delta, _, _ = run(layer, x.copy(), training=training)
        if delta is None:
            yield "backward gives None though tape.wants_input_gradient is True"
            continue
        if delta.shape != x.shape:
            continue
        measured = slopes(
            x,
            lambda: layer.forward(x.copy(), Tape(training=training, seed=3, step=7)),  # noqa: B023
            upstream(y),
        )
        yield from compared(
            _in("∂x", training),
            delta,
            list(measured),
            x.size,
            lambda: _why(layer, x, training),  # noqa: B023
        )


def _parameter_gradients(bench: Bench) -> Iterator[str]:
    """∂L/∂w is the slope for every parameter, in evaluation and in training."""
    layer = bench.build()
    x = bench.x(layer, bench.batch)
    for training in (False, True):
        y, _, gradients, _ = run(layer, x.copy(), training=training)
        for key in layer.trainable_keys():
            if key not in gradients:
                continue
            array = layer.params[key]
            gradient = np.asarray(gradients[key])
            if gradient.shape != array.shape:
                continue
            measured = slopes(
                array,
                lambda: layer.forward(x.copy(), Tape(training=training, seed=3, step=7)),  # noqa: B023
                upstream(y),
            )
            yield from compared(
                _in(f"∂{key}", training),
                gradient,
                list(measured),
                array.size,
                lambda: _why(layer, x, training, key),  # noqa: B023
            )


def _unwanted_input_gradient(bench: Bench) -> Iterator[str]:
    """Where nobody wants ∂L/∂x, the parameters' gradients are the same."""
    layer = bench.build()
    x = bench.x(layer, bench.batch)
    wanted = run(layer, x.copy(), training=True).gradients
    alone = run(layer, x.copy(), training=True, wanted=False).gradients
    for key in sorted(wanted.keys() | alone.keys()):
        if key not in wanted or key not in alone:
            yield f"the gradient of {key} is there only sometimes"
        elif not np.array_equal(np.asarray(wanted[key]), np.asarray(alone[key])):
            yield f"the gradient of {key} depends on tape.wants_input_gradient"


def _memory_of_its_own(bench: Bench) -> Iterator[str]:
    """An array that backward gives for a parameter is nobody else's: the loop overwrites it."""
    layer = bench.build()
    x = bench.x(layer, bench.batch)
    tape = Tape(training=True, keeps=True, wants_input_gradient=True, seed=3, step=7)
    y = layer.forward(x, tape)
    grad = upstream(y)
    delta, gradients = layer.backward(grad, tape)
    others = {"the input": x, "the output": y, "the gradient that it was given": grad, "∂x": delta}
    others |= arrays_of(layer)
    for key, gradient in gradients.items():
        if not isinstance(gradient, np.ndarray):
            continue
        if not gradient.flags.writeable:
            yield f"the gradient of {key} cannot be written to: give a copy"
        for name, other in others.items():
            if isinstance(other, np.ndarray) and np.shares_memory(gradient, other):
                yield f"the gradient of {key} shares the memory of {name}: give a copy"
        others[f"the gradient of {key}"] = gradient


def _why(layer: Layer, x: Array, training: bool, key: str = "") -> str:
    """The cause of a wrong gradient, by x or by a parameter: each output is sent back by itself."""

    def back(done: Pass) -> Array:
        return np.asarray(done.gradients[key] if key else done.delta)

    first = run(layer, x.copy(), training=training)
    again = Pass(first.y, *layer.backward(upstream(first.y), first.tape), first.tape)
    if not np.array_equal(back(first), back(again)):
        return ": a second backward of the same pass gives another: it writes into what it reads"
    if back(run(layer, x.copy(), training=training, grad=np.zeros_like(first.y))).any():
        return ": it is not 0 where the gradient behind it is: multiply by that"
    array = layer.params[key] if key else x
    measured = jacobian(
        array, lambda: layer.forward(x.copy(), Tape(training=training, seed=3, step=7))
    )
    computed = np.empty_like(measured)
    for row, place in enumerate(elements(first.y)):
        one = np.zeros_like(first.y)
        one.flat[place] = 1
        gradient = back(run(layer, x.copy(), training=training, grad=one))
        computed[row] = gradient.ravel()[elements(array)]
    return cause(computed, measured, array.shape, alike=first.y.shape == array.shape)


def _in(name: str, training: bool) -> str:
    return f"{name} in training, " if training else f"{name} in evaluation, "


GRADIENTS: tuple[Check[Bench], ...] = (
    _input_gradient,
    _parameter_gradients,
    _unwanted_input_gradient,
    _memory_of_its_own,
)
