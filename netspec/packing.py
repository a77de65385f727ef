"""State as JSON beside arrays: what a checkpoint holds of callbacks, metrics and sums."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from .arrays import Array
from .errors import ModelError, PluginError

__all__ = ["pack", "unpack"]

_ARRAY = "$array"
_FLOAT = "$float"
_TUPLE = "$tuple"


def pack(value: Any, name: str, arrays: dict[str, Array]) -> Any:
    """The value as JSON; its arrays go into `arrays`, under names that begin with `name`.

    Raises PluginError for what is neither a number, a string, an array, nor a list, tuple or dict of
    them.
    """
    match value:
        case None | bool() | str() | int():
            return value
        case float():
            return float(value) if math.isfinite(value) else {_FLOAT: repr(float(value))}
        case np.ndarray() | np.generic():
            arrays[name] = np.asarray(value)
            return {_ARRAY: name}
        case tuple():
            return {_TUPLE: [pack(v, f"{name}/{i}", arrays) for i, v in enumerate(value)]}
        case list():
            return [pack(v, f"{name}/{i}", arrays) for i, v in enumerate(value)]
        case dict():
            return {str(k): pack(v, f"{name}/{k}", arrays) for k, v in value.items()}
    raise PluginError(
        f"the state {name} holds a {type(value).__name__}",
        "state is numbers, strings, arrays, and lists, tuples or dicts of them",
    )


def unpack(value: Any, arrays: Mapping[str, Array]) -> Any:
    """What `pack` was given."""
    if isinstance(value, list):
        return [unpack(v, arrays) for v in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {_ARRAY}:
        if value[_ARRAY] not in arrays:
            raise ModelError(f"the checkpoint lacks the array {value[_ARRAY]}")
        return arrays[value[_ARRAY]].copy()
    if value.keys() == {_FLOAT}:
        return float(value[_FLOAT])
    if value.keys() == {_TUPLE}:
        return tuple(unpack(v, arrays) for v in value[_TUPLE])
    return {k: unpack(v, arrays) for k, v in value.items()}
