"""What a loss promises, one check a promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from netspec.errors import NetspecError
from netspec.kinds import Loss
from netspec.layer import LayerSpec

from .bench import grid
from .cases import SHAPES, Case, cases, distribution
from .causes import misshapen
from .examples import example, registry_of
from .findings import Check, prove
from .slopes import compared, slopes

__all__ = ["check_loss"]


def check_loss(loss: Loss, *, expected: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Prove a loss on outputs `(N, 3)`, `(N, 1)` and `(N, 2, 3)`, where it does not refuse them.

    Targets are distributions, one-hot, and class indices. A loss that takes probabilities is given
    some, one that is not finite for outputs below 0 is given others. Raises AssertionError with
    every fault.
    """
    return prove(loss, (), (loss, _CHECKS), expected=expected)


def _cases(loss: Loss, rows: int = 5, dtype: Any = np.float64) -> Iterator[Case]:
    """What the loss takes: a case that it refuses with an error of netspec is left out."""
    probable = _takes_probabilities(loss)
    for name, output, target in cases(rows, 2.0):
        output = (distribution(output) if probable else output).astype(dtype)
        target = target.astype(dtype) if target.dtype.kind == "f" else target
        try:
            with np.errstate(all="ignore"):
                value = loss.value(output.copy(), target.copy())
        except NetspecError:
            continue
        yield Case(name, output if np.isfinite(value).all() else np.abs(output), target)


def _takes_probabilities(loss: Loss) -> bool:
    absorbs = bool(loss.absorbs) and not getattr(loss, "logits", False)
    return absorbs or loss.takes == "probabilities"


def _runs(loss: Loss) -> Iterator[str]:
    """There is an output and a target that it takes."""
    if next(_cases(loss), None) is None:
        yield f"it refuses every output of {SHAPES}"


def _shape_and_dtype(loss: Loss) -> Iterator[str]:
    """One value a sample, a gradient like the output, both in the output's dtype."""
    for dtype in (np.float32, np.float64):
        for rows in (1, 5):
            for name, output, target in _cases(loss, rows, dtype):
                for what, got, shape in (
                    ("value", loss.value(output, target), (rows,)),
                    ("gradient", loss.gradient(output, target), output.shape),
                ):
                    if got.shape != shape or got.dtype != dtype:
                        yield (
                            f"{name}: {what} gives {got.shape} {got.dtype}, "
                            f"{shape} {np.dtype(dtype)} is promised"
                            f"{misshapen(got.shape, shape) if what == 'gradient' else ''}"
                        )
                    elif not np.isfinite(got).all():
                        yield f"{name}: {what} is not finite"


def _gradient(loss: Loss) -> Iterator[str]:
    """It is the slope of each sample's value."""
    for name, output, target in _cases(loss):
        computed = loss.gradient(output, target)
        if computed.shape != output.shape:
            continue
        moved = output.copy()
        measured = slopes(moved, lambda: loss.value(moved, target), np.ones(len(output)))  # noqa: B023
        for fault in compared("∂output", computed, list(measured), output.size):
            yield f"{name}: {fault}"


def _extremes(loss: Loss) -> Iterator[str]:
    """In float32 all is finite where probabilities are 0 and 1, as a softmax gives them, and nothing
    is NaN where other outputs are 10⁴."""
    probable = _takes_probabilities(loss)
    for name, output, target in _cases(loss, dtype=np.float32):
        if probable:
            edge = output == output.max(axis=-1 if output.shape[-1] > 1 else None, keepdims=True)
            edge = edge.astype(np.float32)
        else:
            edge = np.float32(1e4) * np.sign(output)
        with np.errstate(all="ignore"):
            found = {"value": loss.value(edge, target), "gradient": loss.gradient(edge, target)}
        for what, got in found.items():
            wrong = got[~np.isfinite(got) if probable else np.isnan(got)]
            if wrong.size:
                where = "probabilities of 0 and 1" if probable else "outputs of ±10⁴"
                yield f"{name}: at {where} {what} gives {wrong[0]}"


def _samples(loss: Loss) -> Iterator[str]:
    """A sample's value and gradient do not depend on the others."""
    for name, output, target in _cases(loss):
        samples = [(output[n : n + 1], target[n : n + 1]) for n in range(len(output))]
        alone = np.concatenate([loss.value(*sample) for sample in samples])
        if not np.allclose(alone, loss.value(output, target), rtol=1e-9):
            yield f"{name}: a batch gives other values than its samples one by one"
            continue
        alone = np.concatenate([loss.gradient(*sample) for sample in samples])
        together = loss.gradient(output, target)
        if alone.shape == together.shape and not np.allclose(alone, together, rtol=1e-9):
            yield (
                f"{name}: a batch gives other gradients than its samples one by one: "
                "an axis or a transpose is wrong"
            )


def _writes(loss: Loss) -> Iterator[str]:
    """Neither output nor target is written to."""
    for name, output, target in _cases(loss):
        given = output.copy(), target.copy()
        loss.value(*given)
        slope = loss.gradient(*given)
        for what, array, before in zip(("output", "target"), given, (output, target), strict=True):
            if not np.array_equal(array, before):
                yield f"{name}: it writes into the {what}"
            if np.shares_memory(slope, array):
                yield f"{name}: the gradient shares the memory of the {what}: give a new array"


def _class_indices(loss: Loss) -> Iterator[str]:
    """Class indices count as one-hot targets, or are refused; they are never broadcast."""
    for classes in (3, 4):
        output = distribution(grid((classes, classes), 1.0))
        indices = np.arange(classes)[::-1].copy()
        try:
            value = loss.value(output, indices)
        except NetspecError:
            return
        if not np.allclose(value, loss.value(output, np.eye(classes)[indices]), rtol=1e-9):
            yield "class indices give another value than one-hot: turn them, or raise DataError"


def _logits(loss: Loss) -> Iterator[str]:
    """With `logits` it gives for z what it gives without for the activation of z."""
    if not loss.absorbs:
        return
    if not isinstance(getattr(loss, "logits", None), bool):
        yield f"it absorbs {loss.absorbs}, and has no field logits: bool"
        return
    absorbed = registry_of(loss).find(LayerSpec, loss.absorbs)  # type: ignore[type-abstract]
    activation: Any = example(absorbed)
    raw, cooked = (loss.model_copy(update={"logits": each}) for each in (True, False))
    for name, output, target in _cases(raw):
        want = cooked.value(activation.forward(output), target)
        if not np.allclose(raw.value(output, target), want, rtol=1e-6, atol=1e-9):
            yield f"{name}: with logits it gives another value than behind {loss.absorbs}"


def _both(loss: Loss) -> Iterator[str]:
    """Value and gradient that are computed together have the bits of the two alone."""
    for name, output, target in _cases(loss):
        value, slope, _ = loss.both(output, target)
        for what, got, want in (
            ("value", value, loss.value(output, target)),
            ("gradient", slope, loss.gradient(output, target)),
        ):
            if not np.array_equal(got, want):
                yield f"{name}: both gives another {what} than {what} does"


def _weights(loss: Loss) -> Iterator[str]:
    """Class weights are None, or one that is 0 or more a sample."""
    for name, _, target in _cases(loss):
        given = loss.weights(target)
        if given is not None and (given.shape != target.shape[:1] or not (given >= 0).all()):
            yield f"{name}: weights gives {given!r}"


_CHECKS: tuple[Check[Loss], ...] = (
    _runs,
    _shape_and_dtype,
    _gradient,
    _extremes,
    _samples,
    _writes,
    _class_indices,
    _logits,
    _both,
    _weights,
)
