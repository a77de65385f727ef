"""How long a layer takes, beside a dense layer of the same size: reported, never judged."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from netspec.arrays import size
from netspec.layer import Layer, LayerSpec
from netspec.registry import Registry

from .bench import Bench, run
from .examples import read

__all__ = ["times_dense"]

_ROWS = 1024
_ROUNDS = 5


def times_dense(spec: LayerSpec) -> float:
    """The time of one pass, forward and backward, in units of a dense layer's that takes and gives
    as many values: 1024 samples in float32, the best of five passes.
    """
    given = None if "f" in spec.accepts else np.dtype(np.int64)
    bench = Bench(spec, type(spec).example_shape, given)
    layer = bench.build(np.float32)
    registry = Registry.installed()
    dense = registry.find(LayerSpec, "dense")  # type: ignore[type-abstract]
    units = {"units": max(1, size(layer.output_shape))}
    beside = Bench(read(dense, units, registry), (max(1, size(layer.input_shape)),))
    return _seconds(bench, layer) / _seconds(beside, beside.build(np.float32))


def _seconds(bench: Bench, layer: Layer) -> float:
    x = bench.x(layer, _ROWS)
    times = []
    for _ in range(_ROUNDS):
        start = perf_counter()
        run(layer, x, training=True)
        times.append(perf_counter() - start)
    return min(times)
