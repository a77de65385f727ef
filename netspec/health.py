"""Layers that have stopped learning: dead or saturated units, found from the first samples."""

from __future__ import annotations

from collections.abc import Iterable
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


def unhealthy(chain: Chain, batches: Iterable[Array]) -> list[Ailment]:
    """The elementwise activations with more than half their units still, on these samples.

    A unit is still if f'(z), the backward of ones, stays under 1e-6 for each of the samples.
    """
    steepest: dict[str, Array] = {}

    def watch(seen: Seen) -> None:
        spec = seen.layer.spec
        if not isinstance(spec, Activation) or not spec.elementwise or not spec.differentiable:
            return
        assert seen.input is not None
        assert seen.output is not None
        slope = spec.backward(np.ones_like(seen.output), seen.input, seen.output)
        here = np.abs(slope).max(axis=0, initial=0.0)
        path = seen.layer.path
        steepest[path] = np.maximum(steepest.get(path, 0.0), here)

    for x in batches:
        chain.forward(x, Tape(watch=watch))
    shares = {path: float((slope < _STILL).mean()) for path, slope in steepest.items()}
    return [Ailment(path, share) for path, share in shares.items() if share > 0.5]
