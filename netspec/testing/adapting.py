"""What a layer promises that adapts to the training part before the first step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .bench import Bench, arrays_of
from .findings import Check

__all__ = ["ADAPTING"]


def _adapts_to_chunks(bench: Bench) -> Iterator[str]:
    """What a layer learns of several chunks is what it learns of all samples in one."""
    whole, pieces = bench.build(), bench.build(adapted=False)
    chunks = (np.split(array, [5, 12]) for array in bench.samples(pieces))
    bench.adapt(pieces, list(zip(*chunks, strict=True)))
    for name, array in arrays_of(whole).items():
        if not np.allclose(arrays_of(pieces)[name], array, rtol=1e-6, atol=1e-9):
            yield f"{name} is another where the samples come in chunks: go through all of passes()"


def _adapts_in_place(bench: Bench) -> Iterator[str]:
    """Adapting writes into the layer's own arrays, and neither into inputs nor into targets."""
    layer = bench.build(adapted=False)
    held, samples = arrays_of(layer), bench.samples(layer)
    bench.adapt(layer, [samples])
    for what, array, before in zip(
        ("inputs", "targets"), samples, bench.samples(layer), strict=True
    ):
        if not np.array_equal(array, before):
            yield f"adapt writes into the {what}"
    for name, array in arrays_of(layer).items():
        if held.get(name) is not array:
            yield f"adapt replaces {name}: an array of params or state is written in place"


def _adapts_once(bench: Bench) -> Iterator[str]:
    """Adapted once, it stays as it is: adapt is called before every training."""
    layer = bench.build()
    before = {name: array.copy() for name, array in arrays_of(layer).items()}
    bench.adapt(layer, [bench.samples(layer, seed=10)])
    for name, array in arrays_of(layer).items():
        if name not in before or not np.array_equal(array, before[name]):
            yield (
                f"adapting again changes {name}: "
                "keep in state that it is adapted, and leave it then as it is"
            )


ADAPTING: tuple[Check[Bench], ...] = (_adapts_to_chunks, _adapts_in_place, _adapts_once)
