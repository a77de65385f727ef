"""The table of contents of what can be extended: one hook a kind.

A plugin is a module with functions of these names, marked with `hookimpl`. Each returns a list of
classes, or, where a module should be imported only when its component is needed, a dict from type
to `"module:Class"`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from .kinds import (
        CallbackSpec,
        Dataset,
        Initializer,
        Loss,
        Metric,
        OptimizerSpec,
        Regularizer,
        Schedule,
    )
    from .layer import Activation, LayerSpec

__all__ = [
    "hookimpl",
    "hookspec",
    "netspec_activations",
    "netspec_callbacks",
    "netspec_datasets",
    "netspec_initializers",
    "netspec_layers",
    "netspec_losses",
    "netspec_metrics",
    "netspec_optimizers",
    "netspec_regularizers",
    "netspec_schedules",
]

hookspec = pluggy.HookspecMarker("netspec")
hookimpl = pluggy.HookimplMarker("netspec")

_Lazily = Mapping[str, str]


@hookspec
def netspec_layers() -> Sequence[type[LayerSpec]] | _Lazily:
    """Layers."""
    raise NotImplementedError


@hookspec
def netspec_activations() -> Sequence[type[Activation]] | _Lazily:
    """Activations: layers without parameters, in one namespace with layers."""
    raise NotImplementedError


@hookspec
def netspec_losses() -> Sequence[type[Loss]] | _Lazily:
    """Losses."""
    raise NotImplementedError


@hookspec
def netspec_initializers() -> Sequence[type[Initializer]] | _Lazily:
    """Initializers: what parameters start from."""
    raise NotImplementedError


@hookspec
def netspec_regularizers() -> Sequence[type[Regularizer]] | _Lazily:
    """Regularizers: penalties on the size of parameters."""
    raise NotImplementedError


@hookspec
def netspec_optimizers() -> Sequence[type[OptimizerSpec]] | _Lazily:
    """Optimizers."""
    raise NotImplementedError


@hookspec
def netspec_schedules() -> Sequence[type[Schedule]] | _Lazily:
    """Schedules of the learning rate."""
    raise NotImplementedError


@hookspec
def netspec_metrics() -> Sequence[type[Metric]] | _Lazily:
    """Metrics."""
    raise NotImplementedError


@hookspec
def netspec_datasets() -> Sequence[type[Dataset]] | _Lazily:
    """Datasets."""
    raise NotImplementedError


@hookspec
def netspec_callbacks() -> Sequence[type[CallbackSpec]] | _Lazily:
    """Callbacks."""
    raise NotImplementedError
