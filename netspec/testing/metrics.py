"""What a metric promises, one check a promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from netspec.errors import NetspecError
from netspec.kinds import Metric
from netspec.packing import pack

from .cases import SHAPES, Case, cases, distribution
from .findings import Check, prove

__all__ = ["check_metric"]


def check_metric(metric: Metric, *, expected: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Prove a metric on probabilities `(N, 3)`, `(N, 1)` and `(N, 2, 3)`, where it takes them.

    Targets are distributions, one-hot and class indices, and of one output 0 and 1. Raises
    AssertionError with every fault.
    """
    return prove(metric, (), (metric, _CHECKS), expected=expected)


def _cases(metric: Metric, rows: int = 12) -> Iterator[Case]:
    for name, output, target in cases(rows, 3.0):
        output = distribution(output)
        if output.shape[-1] == 1:
            target = target.round()
        try:
            metric.check(output.shape[1:])
            metric.observe(None, output.copy(), target.copy(), None)
        except NetspecError:
            continue
        yield Case(name, output, target)


def _runs(metric: Metric) -> Iterator[str]:
    """There is an output that it takes, and its key and direction are said."""
    if next(_cases(metric), None) is None:
        yield f"it refuses every output of {SHAPES}"
    if metric.better not in ("higher", "lower"):
        yield f'better is {metric.better!r}, not "higher" or "lower"'


def _value(metric: Metric) -> Iterator[str]:
    """It is one number, or a list of them, also where nothing was seen; it is not always NaN."""
    given = {"where nothing was seen": metric.value(None)}
    for name, output, target in _cases(metric):
        given[name] = metric.value(metric.observe(None, output, target, None))
    for name, value in given.items():
        numbers = value if isinstance(value, list) else [value]
        if isinstance(value, list) != metric.listed:
            yield f"{name}: it is {value!r}, and the class says listed = {metric.listed}"
        elif not all(isinstance(n, float | int) for n in numbers):
            yield f"{name}: it is {value!r}, not a number"
    known = [value for name, value in given.items() if value is not None][1:]
    if known and all(np.isnan(value).all() for value in known):
        yield "it is NaN for all outputs"


def _batches(metric: Metric) -> Iterator[str]:
    """It does not depend on how the samples come in batches."""
    for name, output, target in _cases(metric):
        whole = metric.value(metric.observe(None, output, target, None))
        seen: Any = None
        for start, stop in ((0, 5), (5, 6), (6, len(output))):
            seen = metric.observe(seen, output[start:stop], target[start:stop], None)
        if not np.allclose(whole, metric.value(seen), rtol=1e-9, equal_nan=True):
            yield f"{name}: {whole} in one batch, {metric.value(seen)} in several"


def _weights(metric: Metric) -> Iterator[str]:
    """A sample of weight 2 counts as two, one of weight 0 not at all, and 1 is no weight."""
    for name, output, target in _cases(metric):
        for turn in range(3):
            weight = np.roll(np.resize([2.0, 0.0, 1.0], len(output)), turn)
            twice = np.repeat(np.arange(len(output)), weight.astype(int))
            weighed = metric.value(metric.observe(None, output, target, weight))
            repeated = metric.value(metric.observe(None, output[twice], target[twice], None))
            if not np.allclose(weighed, repeated, rtol=1e-9, equal_nan=True):
                yield f"{name}: {weighed} with weights, {repeated} with the samples repeated"
                break


def _writes(metric: Metric) -> Iterator[str]:
    """Neither output nor target nor weight is written to, and what was seen fits a checkpoint."""
    for name, output, target in _cases(metric):
        weight = np.linspace(0.5, 2, len(output))
        given = output.copy(), target.copy(), weight.copy()
        pack(metric.observe(None, *given), "seen", {})
        before = output, target, weight
        if not all(np.array_equal(a, b) for a, b in zip(given, before, strict=True)):
            yield f"{name}: it writes into what it is given"


_CHECKS: tuple[Check[Metric], ...] = (_runs, _value, _batches, _weights, _writes)
