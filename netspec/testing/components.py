"""One door for every kind of component."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from netspec.spec import Component

from .callbacks import check_callback
from .datasets import check_dataset
from .layers import check_layer
from .losses import check_loss
from .metrics import check_metric
from .numbers import check_initializer, check_regularizer, check_schedule
from .optimizers import check_optimizer

__all__ = ["check_activation", "check_component"]

check_activation = check_layer
"""An activation is a layer, and is proved as one, with what activations promise besides."""

_CHECKS: dict[str, Callable[..., tuple[str, ...]]] = {
    "layer": check_layer,
    "activation": check_activation,
    "loss": check_loss,
    "optimizer": check_optimizer,
    "metric": check_metric,
    "initializer": check_initializer,
    "schedule": check_schedule,
    "regularizer": check_regularizer,
    "callback": check_callback,
    "dataset": check_dataset,
}


def check_component(
    spec: Component, *, expected: Mapping[str, str] | None = None, **options: Any
) -> tuple[str, ...]:
    """Prove a component of any kind; `options` go to the check of its kind.

    Raises AssertionError with every fault, also for a kind that no check knows.
    """
    check = _CHECKS.get(spec.kind)
    if check is None:
        raise AssertionError(f"{type(spec).__qualname__}: no check knows the kind {spec.kind!r}")
    return check(spec, expected=expected, **options)
