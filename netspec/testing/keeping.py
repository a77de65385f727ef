"""That a layer keeps nothing between calls, and that what is kept of it on disk is all of it."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from netspec.arrays import Array
from netspec.layer import Layer
from netspec.network import SequentialNetwork
from netspec.storage import load, save
from netspec.tape import Tape

from .bench import Bench, arrays_of, run, upstream
from .examples import registry_of
from .findings import Check

__all__ = ["KEEPING"]


def _nothing_kept(bench: Bench) -> Iterator[str]:
    """What backward needs lies on the tape: no attribute changes, and passes do not mix."""
    layer = bench.build()
    x, other = bench.x(layer, bench.batch), bench.x(layer, bench.batch, seed=1)
    before, sizes = _attributes(layer), _sizes(layer)
    run(layer, x.copy(), training=False)
    first = run(layer, x.copy(), training=True)
    after, grown = _attributes(layer), _sizes(layer)
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) is not after.get(name) or sizes.get(name) != grown.get(name):
            yield f"the layer keeps {name} between calls: leave it on the tape"
    tape = Tape(training=True, keeps=True, wants_input_gradient=True, seed=3, step=7)
    y = layer.forward(x.copy(), tape)
    run(layer, other.copy(), training=True)
    delta, gradients = layer.backward(upstream(y), tape)
    if not _same(y, first.y):
        yield "forward gives another output after other inputs"
    if not _same(delta, first.delta) or any(
        not _same(np.asarray(gradients[key]), np.asarray(gradient))
        for key, gradient in first.gradients.items()
        if key in gradients
    ):
        yield "backward gives another gradient where a pass went between it and its forward"


def _attributes(layer: Layer) -> dict[str, Any]:
    """The attributes of the layer and of every layer inside it, by path and name."""
    return {
        f"{each.path}.{name}": value for each in layer.walk() for name, value in vars(each).items()
    }


def _sizes(layer: Layer) -> dict[str, int]:
    """How much lies in the attributes that things can be put into."""
    return {
        name: len(value)
        for name, value in _attributes(layer).items()
        if isinstance(value, list | dict | set)
    }


def _determinism(bench: Bench) -> Iterator[str]:
    """The same spec, seed and input give the same bits, also in a layer that is built again."""
    layer, twin = bench.build(np.float32), bench.build(np.float32)
    for name, array in arrays_of(layer).items():
        if not _same(array, arrays_of(twin).get(name)):
            yield f"{name} starts from other values when it is built again: draw from the site"
            return
    x = bench.x(layer, bench.batch)
    for training in (False, True):
        first = run(layer, x.copy(), training=training)
        for who, again in (("layer", layer), ("twin", twin)):
            if not _same(run(again, x.copy(), training=training).y, first.y):
                yield f"a step that is run again gives other outputs ({who}): draw from tape.rng"


def _copied(bench: Bench) -> Iterator[str]:
    """A copy and a pickle compute the same, with arrays of their own."""
    layer = bench.build(np.float32)
    x = bench.x(layer, bench.batch)
    y = layer.forward(x.copy(), Tape())
    for way, twin in (
        ("copy", copy.deepcopy(layer)),
        ("pickle", pickle.loads(pickle.dumps(layer))),  # noqa: S301
    ):
        if not _same(twin.forward(x.copy(), Tape()), y):
            yield f"a {way} gives another output"
        arrays = arrays_of(twin)
        for name, array in arrays_of(layer).items():
            if np.shares_memory(array, arrays[name]):
                yield f"a {way} shares {name}"


def _saved_and_loaded(bench: Bench) -> Iterator[str]:
    """A loaded layer gives the bytes of the saved one, and its arrays lie in memory as they did."""
    registry = registry_of(bench.spec)
    given = None if bench.integers is None else bench.integers.name
    network = SequentialNetwork(bench.shape, input_dtype=given, registry=registry)
    layer = network.add(bench.spec)
    bench.adapt(layer, [bench.samples(layer)])
    x = bench.x(layer, bench.batch)
    for rows in (x, bench.x(layer, bench.batch, seed=1)):
        run(layer, rows.copy(), training=True).tape.commit()
    with TemporaryDirectory() as folder:
        save(network, folder)
        loaded = load(folder, registry=registry)
        if network.predict(x).tobytes() != loaded.predict(x).tobytes():
            yield "it predicts other bytes after save and load: every array is in params or state"
        for name, array in arrays_of(layer).items():
            twin = {**loaded.params(), **loaded.state()}[f"{layer.name}.{name}"]
            if twin.strides != array.strides:
                yield f"{name} lies otherwise in memory after save and load"


def _same(a: Array | None, b: Array | None) -> bool:
    if a is None or b is None:
        return a is b
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


KEEPING: tuple[Check[Bench], ...] = (_nothing_kept, _determinism, _copied, _saved_and_loaded)
