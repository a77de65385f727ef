"""How to train: what is decided before the data are there."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import NamedTuple

from .errors import DataError, SpecError, nearest, quote
from .kinds import CallbackSpec, Metric, OptimizerSpec
from .layer import Layer
from .wording import shown

__all__ = ["Plan", "check_batches", "check_counts", "check_keys", "check_monitors"]

# What the loop writes itself into a record of the history.
_OWN = ("epoch", "step", "loss", "penalty", "val_loss", "learning_rate", "dead")


class Plan(NamedTuple):
    """How to train: everything but the network, its loss and the data."""

    optimizer: OptimizerSpec
    epochs: int
    batch_size: int = 32
    accumulate: int = 1
    shuffle: bool = True
    metrics: tuple[Metric, ...] = ()
    callbacks: tuple[CallbackSpec, ...] = ()


def check_counts(plan: Plan) -> None:
    """Raise SpecError where a count of the plan is none."""
    for name, least in (("epochs", 0), ("batch_size", 1), ("accumulate", 1)):
        count = getattr(plan, name)
        if not isinstance(count, Integral) or count < least:
            raise SpecError(f"{name} is {shown(count)}", f"give a whole number of at least {least}")


def check_keys(metrics: Iterable[Metric]) -> None:
    """Raise SpecError where a metric has a key in the history that another has, or the loop itself."""
    taken = set(_OWN)
    for metric in metrics:
        keys = (metric.key, f"val_{metric.key}")
        twice = next((key for key in keys if key in taken), None)
        if twice:
            raise SpecError(f"two values have the key {quote(twice)}", 'give the metric a "name"')
        taken.update(keys)


def check_monitors(plan: Plan, validates: bool, penalized: bool) -> None:
    """Raise SpecError where a callback looks at a key that the history will not have, and where two
    callbacks want to choose the final weights, or two values of the history have one key."""
    try:
        check_keys(plan.metrics)
    except SpecError as error:
        raise error.under("training", "metrics") from None
    keys = ["loss", *(metric.key for metric in plan.metrics)]
    lists = {metric.key for metric in plan.metrics if metric.listed}
    numbers = [key for key in keys if key not in lists]
    known = numbers + [f"val_{key}" for key in numbers] * validates + ["penalty"] * penalized
    for at, callback in enumerate(plan.callbacks):
        key = callback.monitors()
        if key and key not in known:
            wrong, right = f"the history will have no {quote(key)}", nearest(key, known)
            if key.removeprefix("val_") in lists:
                wrong = f"{quote(key)} is a list, which cannot be monitored"
            elif key.startswith("val_") and not validates:
                right = f'there is no validation: give "training" a "validation"; {right}'
            raise SpecError(wrong, right, path=("training", "callbacks", at, "monitor"))
    restoring = [c.type for c in plan.callbacks if c.restoring()]
    if len(restoring) > 1:
        raise SpecError(
            f"{' and '.join(restoring)} both choose the final weights",
            "let one of them do it",
            path=("training", "callbacks"),
        )


def check_batches(layers: Iterable[Layer], count: int, size: int) -> None:
    """Raise DataError where `count` samples in batches of `size` leave one too small for a layer, as
    one sample is for batch normalisation."""
    smallest = min(count, size, count % size or size)
    for layer in layers:
        if smallest < layer.least_batch:
            fits = (n for n in range(size, count + 1) if (count % n or n) >= layer.least_batch)
            works = next(fits, None)
            right = f"a batch_size of {works} works" if works else "give more samples"
            raise DataError(
                f"{layer.name} needs batches of at least {layer.least_batch}, but {count} samples "
                f"in batches of {size} leave one of {smallest}",
                right,
            )
