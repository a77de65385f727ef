"""How to train: what is decided before the data are there."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import SpecError, nearest, quote
from .kinds import CallbackSpec, Metric, OptimizerSpec

__all__ = ["Plan", "check_monitors"]


@dataclass(frozen=True)
class Plan:
    """How to train: everything but the network, its loss and the data."""

    optimizer: OptimizerSpec
    epochs: int
    batch_size: int = 32
    accumulate: int = 1
    shuffle: bool = True
    metrics: tuple[Metric, ...] = ()
    callbacks: tuple[CallbackSpec, ...] = ()


def check_monitors(plan: Plan, validates: bool, penalized: bool) -> None:
    """Raise SpecError where a callback looks at a key that the history will not have, and where two
    callbacks want to choose the final weights, or two metrics have one key."""
    keys = ["loss", *(metric.key for metric in plan.metrics)]
    twice = next((key for at, key in enumerate(keys) if key in keys[:at]), None)
    if twice:
        raise SpecError(
            f"two metrics have the key {quote(twice)}",
            'give one of them a "name"',
            path=("training", "metrics"),
        )
    known = keys + [f"val_{key}" for key in keys] * validates + ["penalty"] * penalized
    for at, callback in enumerate(plan.callbacks):
        key = callback.monitors()
        if key and key not in known:
            right = nearest(key, known)
            if key.removeprefix("val_") in keys and not validates:
                right = f'there is no validation: give "training" a "validation"; {right}'
            raise SpecError(
                f"the history will have no {quote(key)}",
                right,
                path=("training", "callbacks", at, "monitor"),
            )
    restoring = [c.type for c in plan.callbacks if c.restoring()]
    if len(restoring) > 1:
        raise SpecError(
            f"{' and '.join(restoring)} both choose the final weights",
            "let one of them do it",
            path=("training", "callbacks"),
        )
