"""Layers that have stopped learning: dead or saturated units, found from the first samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .arrays import Array
from .chain import Chain
from .layer import Activation
from .tape import Seen, Tape

__all__ = ["SAMPLES", "Ailment", "unhealthy"]

SAMPLES = 1024
_STILL = 1e-6


class Ailment(NamedTuple):
    """A layer of which more than half the units pass no gradient on, for any sample."""

    path: str
    share: float

    def __str__(self) -> str:
        return (
            f"{self.path}: {self.share:.0%} of its units pass no gradient on for any of the first "
            f"samples (dead or saturated); try a smaller learning rate or smaller initial weights"
        )


def unhealthy(chain: Chain, x: Array) -> list[Ailment]:
    """The elementwise activations with more than half their units still, on these samples.

    A unit is still if f'(z), the backward of ones, stays under 1e-6 for each of the samples.
    """
    found = []

    def watch(seen: Seen) -> None:
        spec = seen.layer.spec
        if not isinstance(spec, Activation) or not spec.elementwise or not spec.differentiable:
            return
        assert seen.input is not None
        assert seen.output is not None
        slope = spec.backward(np.ones_like(seen.output), seen.input, seen.output)
        still = np.abs(slope).max(axis=0, initial=0.0) < _STILL
        share = float(still.mean())
        if share > 0.5:
            found.append(Ailment(seen.layer.path, share))

    if len(x):
        chain.forward(x, Tape(watch=watch))
    return found
