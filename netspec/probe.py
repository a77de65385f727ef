"""The probe: four made-up inputs and what the network answered when it was saved.

Whoever loads the model, on another machine and years later, can ask again and compare. The inputs
are drawn from the seed, never taken from the training data: a model is shared, its data are not.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .arrays import Array, Calm, Computing, Shape
from .network import SequentialNetwork
from .streams import Purpose, stream

__all__ = ["INPUT", "OUTPUT", "SAMPLES", "answers", "asked", "expected", "probe"]

SAMPLES = 4
INPUT = "probe/input"
OUTPUT = "probe/output"


def asked(network: SequentialNetwork) -> Array:
    """The four inputs: N(0, 1), or whole numbers in the range of the first layer."""
    rng = stream(network.seed, Purpose.PROBE)
    shape = (SAMPLES, *network.input_shape)
    if network.input_dtype.kind == "f":
        return rng.standard_normal(shape).astype(network.input_dtype)
    ranges = (layer.index_range for layer in network.walk())
    taken = next((each for each in ranges if each is not None), range(2))
    return rng.integers(taken.start, taken.stop, shape).astype(network.input_dtype)


def probe(network: SequentialNetwork) -> dict[str, Array]:
    """The inputs and outputs to be saved; a sample whose output is not finite is left out."""
    x = asked(network)
    y = answers(network, x)
    good = np.isfinite(y).reshape(SAMPLES, -1).all(axis=1)
    return {INPUT: x[good], OUTPUT: y[good]}


def answers(network: SequentialNetwork, x: Array) -> Array:
    """What the network answers: computed as in training, on one thread, so that the bits agree."""
    with Computing(), Calm(0):
        return network.predict(x)


def expected(arrays: Mapping[str, Array], network: SequentialNetwork) -> list[tuple[str, Shape]]:
    """What is wrong with the shapes of a saved probe, as (name, expected shape)."""
    rows = len(arrays[INPUT]) if INPUT in arrays and arrays[INPUT].ndim else 0
    wanted = [(INPUT, network.input_shape), (OUTPUT, network.output_shape)]
    return [
        (name, (rows, *shape))
        for name, shape in wanted
        if name not in arrays or arrays[name].shape != (rows, *shape) or rows > SAMPLES
    ]
