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
_SCALAR = "$scalar"
_FLOAT = "$float"
_TUPLE = "$tuple"
_MARKS = {_ARRAY, _SCALAR, _FLOAT, _TUPLE}


def pack(value: Any, name: str, arrays: dict[str, Array]) -> Any:
    """The value as JSON; its arrays go into `arrays`, under names that begin with `name`.

    Raises PluginError for what would not come back as it was. What does: None, numbers of at most 64
    bits, strings, arrays, and lists, tuples and dicts of them, a dict's keys being strings.
    """
    kind = type(value)
    if value is None or kind in (bool, str) or (kind is int and -(2**63) <= value < 2**63):
        return value
    if kind is float:
        return value if math.isfinite(value) else {_FLOAT: repr(value)}
    if kind is np.ndarray or isinstance(value, np.generic):
        arrays[name] = np.asarray(value)
        return {_ARRAY if kind is np.ndarray else _SCALAR: name}
    if kind in (list, tuple):
        packed = [pack(each, f"{name}/{i}", arrays) for i, each in enumerate(value)]
        return packed if kind is list else {_TUPLE: packed}
    if kind is dict and all(type(key) is str for key in value) and not value.keys() & _MARKS:
        return {key: pack(each, f"{name}/{key}", arrays) for key, each in value.items()}
    raise PluginError(
        f"the state {name} holds a {kind.__name__} that a checkpoint cannot keep",
        "state is numbers, strings, arrays, and lists, tuples or dicts of them, by strings",
    )


def unpack(value: Any, arrays: Mapping[str, Array]) -> Any:
    """What `pack` was given. Raises ModelError where it is not what `pack` gave."""
    if isinstance(value, list):
        return [unpack(each, arrays) for each in value]
    if not isinstance(value, dict):
        return value
    mark = next(iter(value.keys() & _MARKS), None)
    if mark is None:
        return {key: unpack(each, arrays) for key, each in value.items()}
    try:
        held = value[mark]
        if mark == _FLOAT:
            return float(held)
        if mark == _TUPLE:
            return tuple(unpack(each, arrays) for each in held)
        return arrays[held][()] if mark == _SCALAR else arrays[held].copy()
    except (KeyError, TypeError, ValueError):
        raise ModelError(f"the checkpoint holds no {mark.strip('$')} where it says so") from None
