"""State as JSON beside arrays: what goes in comes out, in type and bit."""

from __future__ import annotations

import enum
import math
from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from netspec import ModelError, PluginError
from netspec.packing import pack, unpack

ARRAYS = arrays_of.arrays(
    st.sampled_from([np.float32, np.float64, np.int64, np.bool_]),
    arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
)
SCALARS = st.sampled_from([np.float32(0.1), np.float64(0.1), np.int64(3), np.bool_(True)])
PLAIN = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=5)
)
KEYS = st.text(max_size=5).filter(lambda key: not key.startswith("$"))
VALUES = st.recursive(
    PLAIN | ARRAYS | SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=8,
)


def there_and_back(value: Any) -> Any:
    arrays: dict[str, Any] = {}
    text = orjson.dumps(pack(value, "state", arrays))
    return unpack(orjson.loads(text), arrays)


def same(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | np.generic):
        return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if isinstance(a, float):
        both_nan = math.isnan(a) and math.isnan(b)
        return both_nan or (a == b and math.copysign(1, a) == math.copysign(1, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


@given(VALUES)
def test_state_comes_back_with_the_same_types_and_bits(value: Any) -> None:
    assert same(there_and_back(value), value)


def test_an_array_comes_back_as_a_copy_that_may_be_written() -> None:
    array = np.zeros(3)
    found = there_and_back(array)
    found += 1
    assert array.sum() == 0


class Pair(NamedTuple):
    a: int


class Level(enum.IntEnum):
    LOW = 1


@pytest.mark.parametrize(
    "value",
    [{1: 2}, {(1, 2): 3}, Pair(1), Level.LOW, OrderedDict(a=1), {1, 2}, 2**63, object(), b"x", 1j],
)
def test_what_would_not_come_back_as_it_is_is_refused_when_it_is_kept(value: Any) -> None:
    with pytest.raises(PluginError, match=r"state callbacks/0 holds|state callbacks/0/"):
        pack([value], "callbacks", {})


@pytest.mark.parametrize("mark", ["$array", "$float", "$tuple", "$scalar"])
def test_a_dict_that_looks_like_a_mark_is_refused(mark: str) -> None:
    with pytest.raises(PluginError):
        pack({mark: "a"}, "state", {})


@pytest.mark.parametrize(
    "value",
    [
        {"$array": "nobody"},
        {"$array": []},
        {"$scalar": None},
        {"$float": "many"},
        {"$float": [1]},
        {"$tuple": 5},
    ],
)
def test_a_mark_that_lies_is_refused(value: Any) -> None:
    with pytest.raises(ModelError):
        unpack(value, {})
