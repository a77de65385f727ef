"""What a layer promises, one check a promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from netspec.arrays import Array, Shape
from netspec.chain import Chain
from netspec.errors import NetspecError
from netspec.kinds import Regularizer
from netspec.layer import Activation, Layer, LayerSpec
from netspec.registry import Registry
from netspec.tape import Tape

from .activations import ACTIVATION
from .adapting import ADAPTING
from .bench import Bench, arrays_of, run, upstream
from .causes import misshapen
from .composites import COMPOSITE
from .examples import example
from .findings import Check, prove
from .gradients import GRADIENTS
from .keeping import KEEPING

__all__ = ["check_layer"]

_DTYPES = (np.float32, np.float64)


def check_layer(
    spec: LayerSpec,
    input_shape: Shape | None = None,
    *,
    input_dtype: Any = None,
    batch: int = 5,
    expected: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Prove a layer for inputs `(batch, *input_shape)`, by default its `example_shape`.

    `input_dtype` is for a layer that takes integers. A spec that stands for several links, as one
    with an `activation` does, has each proved by itself. `expected` names checks that are known to
    fail, with the reason. Raises AssertionError with every fault, SpecError where the layer does not
    take an `input_shape` that is given.
    """
    shape = type(spec).example_shape if input_shape is None else tuple(input_shape)
    given = np.dtype(input_dtype or (np.float64 if "f" in spec.accepts else np.int64))
    integers = None if given.kind == "f" else given
    whole = Bench(spec, shape, integers, batch)
    try:
        parts = list(_parts(whole))
    except Exception as error:
        if input_shape is not None and isinstance(error, NetspecError):
            raise
        parts = [(whole, (_runs,))]
    return prove(spec, (), *parts, expected=expected)


def _parts(whole: Bench) -> Iterator[tuple[Bench, tuple[Check[Bench], ...]]]:
    """A bench for each link that the spec stands for, and what that link promises."""
    chain = Chain(whole.shape, input_dtype=whole.integers or np.float64, dtype=np.float64)
    chain.add(whole.spec)
    for link, layer in zip(whole.spec.links(), chain, strict=True):
        inside = layer.input_dtype if layer.input_dtype.kind != "f" else None
        adapts = ADAPTING if hasattr(layer, "adapt") else ()
        activates = ACTIVATION if isinstance(link, Activation) else ()
        yield Bench(link, layer.input_shape, inside, whole.batch), _LAYER + adapts + activates


def _runs(bench: Bench) -> Iterator[str]:
    """It is built, forward gives an array, and backward a pair: ∂L/∂input, and gradients by name."""
    try:
        layer = bench.build()
    except NetspecError as error:
        yield f"it refuses its example_shape {bench.shape}: {error}"
        return
    tape = Tape(training=True, keeps=True, wants_input_gradient=True, seed=3, step=7)
    y: Any = layer.forward(bench.x(layer, bench.batch), tape)
    if not isinstance(y, np.ndarray):
        yield f"forward gives a {type(y).__name__}, not an array"
        return
    back: Any = layer.backward(upstream(y), tape)
    if not (isinstance(back, tuple) and len(back) == 2 and isinstance(back[1], dict)):
        yield f"backward gives a {type(back).__name__}, not ∂L/∂input and a dict of gradients"


def _shape_and_dtype(bench: Bench) -> Iterator[str]:
    """What comes out has the shape and dtype that the layer declares, for 0, 1 and more samples."""
    for dtype in _DTYPES:
        layer = bench.build(dtype)
        for name, array in layer.params.items():
            if array.dtype != dtype:
                yield f"the parameter {name} is {array.dtype}, the spec's dtype is {np.dtype(dtype)}"
        for rows in (bench.batch, 1, 0):
            faults = [
                fault
                for training in bench.modes(layer, rows)
                for fault in _of_one_pass(bench, layer, rows, training)
            ]
            yield from faults
            if faults:
                return


def _of_one_pass(bench: Bench, layer: Layer, rows: int, training: bool) -> Iterator[str]:
    y, delta, gradients, _ = run(layer, bench.x(layer, rows), training=training)
    want = (rows, *layer.output_shape)
    yield from _differs(f"forward of {rows} samples", y, want, layer.output_dtype)
    if layer.input_dtype.kind == "f":
        want = (rows, *layer.input_shape)
        yield from _gradient_differs(f"∂x of {rows} samples", delta, want, layer.output_dtype)
    for key, gradient in gradients.items():
        if key in layer.params:
            parameter = layer.params[key]
            yield from _gradient_differs(
                f"the gradient of {key}", np.asarray(gradient), parameter.shape, parameter.dtype
            )


def _gradient_differs(what: str, got: Any, shape: Shape, dtype: Any) -> Iterator[str]:
    """The faults of a gradient, with the cause where its shape tells it."""
    why = misshapen(got.shape, shape) if isinstance(got, np.ndarray) else ""
    yield from (f"{fault}{why}" for fault in _differs(what, got, shape, dtype))


def _differs(what: str, got: Any, shape: Shape, dtype: Any) -> Iterator[str]:
    if not isinstance(got, np.ndarray):
        yield f"{what} is a {type(got).__name__}, not an array"
    elif got.shape != shape or got.dtype != dtype:
        yield f"{what} is {got.shape} {got.dtype}, {shape} {np.dtype(dtype)} is declared"
    elif not np.isfinite(got).all():
        yield f"{what} is not finite"


def _gradient_keys(bench: Bench) -> Iterator[str]:
    """Backward gives a gradient for every parameter that trains, and for nothing else."""
    layer = bench.build()
    gradients = run(layer, bench.x(layer, bench.batch), training=True).gradients
    missing = sorted(set(layer.trainable_keys()) - gradients.keys())
    foreign = sorted(gradients.keys() - layer.params.keys())
    if missing:
        yield f"backward gives none for {', '.join(missing)}"
    if foreign:
        yield f"backward gives one for {', '.join(foreign)}, which no parameter is"


def _penalties(bench: Bench) -> Iterator[str]:
    """What the field `weight_regularizer` holds is the penalty of the parameter `weight`, and so on."""
    layers = [bench.build()]
    penalty: Any = example(Registry.installed().find(Regularizer, "l2"))  # type: ignore[type-abstract]
    for name, field in type(bench.spec).model_fields.items():
        if field.annotation not in (Regularizer, Regularizer | None):
            continue
        layer = replace(bench, spec=bench.spec.model_copy(update={name: penalty})).build()
        key = name.removesuffix("_regularizer")
        if key in layer.params and layer.penalties.get(key) is not penalty:
            yield f"{name} does not reach the parameter {key}: put it into self.penalties"
        layers.append(layer)
    foreign = {key for each in layers for key in each.penalties.keys() - each.params.keys()}
    for key in sorted(foreign):
        yield f"there is a penalty of {key}, which no parameter is"


def _any_integer(bench: Bench) -> Iterator[str]:
    """One that takes integers and says no `index_range` takes all of them."""
    layer = bench.build()
    if bench.integers is None or any(each.index_range is not None for each in layer.walk()):
        return
    x = np.resize([-1, 10**6], (bench.batch, *layer.input_shape)).astype(layer.input_dtype)
    try:
        layer.forward(x, Tape())
    except Exception as error:
        yield f"for −1 or 10⁶ it raises {type(error).__name__}: say index_range"


def _writes(bench: Bench) -> Iterator[str]:
    """Nothing that was handed over is written to: neither input, nor output, nor gradient."""
    for training in (False, True):
        layer = bench.build()
        x = bench.x(layer, bench.batch)
        before = x.copy()
        tape = Tape(training=training, keeps=True, wants_input_gradient=True, seed=3, step=7)
        y = layer.forward(x, tape)
        if not _same(x, before):
            yield "it writes into its input"
            continue
        grad, given = upstream(y), y.copy()
        layer.backward(grad, tape)
        for what, array, right in (
            ("gradient that it is given", grad, upstream(y)),
            ("input", x, before),
            ("output", y, given),
        ):
            if not _same(array, right):
                yield f"backward writes into the {what}"


def _parameters_and_state(bench: Bench) -> Iterator[str]:
    """A pass changes neither; state asks for change on the tape, and stays the same arrays."""
    for training in (False, True):
        layer = bench.build()
        held = arrays_of(layer)
        before = {name: array.copy() for name, array in held.items()}
        tape = run(layer, bench.x(layer, bench.batch), training=training).tape
        now = arrays_of(layer)
        for name in held.keys() ^ now.keys():
            yield f"a pass adds or removes {name}"
        for name in held.keys() & now.keys():
            if now[name] is not held[name]:
                yield f"a pass replaces {name}: an array of params or state is written in place"
            elif not _same(now[name], before[name]):
                yield f"a pass writes into {name}: say tape.change(self, {name}=…)"
        if tape.changes() and not training:
            yield "it asks for a change of state where nothing is trained"
        tape.commit()


def _batch_independence(bench: Bench) -> Iterator[str]:
    """A sample's output and ∂x do not depend on the others of its batch, in evaluation at least."""
    layer = bench.build()
    for training in (False, True):
        if training and not all(each.spec.batch_independent for each in layer.walk()):
            continue
        x = bench.x(layer, bench.batch)
        other = bench.x(layer, bench.batch, seed=1)
        other[0] = x[0]
        first = run(layer, x, training=training)
        grad = -upstream(first.y)
        grad[0] *= -1
        again = run(layer, other, training=training, grad=grad)
        mode = "training (say batch_independent = False)" if training else "evaluation"
        if not _close(first.y[0], again.y[0]):
            yield f"in {mode} the first sample's output changes with the others"
        elif first.delta is None or again.delta is None or first.delta.shape != x.shape:
            continue
        elif not _close(first.delta[0], again.delta[0]):
            mode = mode.partition(" ")[0]
            yield (
                f"in {mode} the first sample's ∂x changes with the others: "
                "an axis or a transpose is wrong"
            )
    x = bench.x(layer, bench.batch)
    together = layer.forward(x, Tape())
    alone = np.concatenate([layer.forward(each[None], Tape()) for each in x])
    if not _close(together, alone):
        yield "in evaluation a batch gives other outputs than its samples one by one"


def _threads(bench: Bench) -> Iterator[str]:
    """Several threads that predict at once get the bytes that one gets."""
    layer = bench.build(np.float32)
    inputs = [bench.x(layer, 1 + bench.batch * (n % 3), seed=n) for n in range(24)]

    def predict(x: Array) -> bytes:
        return layer.forward(x, Tape()).tobytes()

    alone = [predict(x) for x in inputs]
    with ThreadPoolExecutor(4) as pool:
        if list(pool.map(predict, inputs)) != alone:
            yield "predictions of several threads spoil each other"


def _dry_and_empty(bench: Bench) -> Iterator[str]:
    """A site without values gives the same shapes, dtypes and memory order as a full one."""
    full = bench.build()
    for mode in ("dry", "empty"):
        other = bench.build(mode=mode)
        if other.output_shape != full.output_shape or other.output_dtype != full.output_dtype:
            yield f"at a {mode} site it declares {other.output_shape} {other.output_dtype}"
        arrays = arrays_of(other)
        for name, array in arrays_of(full).items():
            twin = arrays.get(name)
            if twin is None or (twin.shape, twin.dtype) != (array.shape, array.dtype):
                yield f"at a {mode} site {name} has another shape or dtype"
            elif mode == "empty" and twin.strides != array.strides:
                yield f"at an empty site {name} lies otherwise in memory"


def _close(a: Array, b: Array) -> bool:
    return np.allclose(a, b, rtol=1e-9, atol=1e-12)


def _same(a: Array, b: Array) -> bool:
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


_LAYER: tuple[Check[Bench], ...] = (
    _runs,
    _shape_and_dtype,
    _gradient_keys,
    _penalties,
    _any_integer,
    *GRADIENTS,
    _writes,
    _parameters_and_state,
    _batch_independence,
    _threads,
    _dry_and_empty,
    *COMPOSITE,
    *KEEPING,
)
