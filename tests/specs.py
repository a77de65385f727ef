"""Strategies for documents: valid specs, written in any of the ways that mean the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from netspec.registry import Registry

_FLOATS = st.floats(0.001, 8, allow_nan=False)
_NUMBERS = _FLOATS | st.integers(1, 8)


def _examples(kind: str) -> list[dict[str, Any]]:
    """Each installed type of a kind with its examples, as documents."""
    offers = [o for o in Registry.installed().offers() if o.kind == kind]
    return [{"type": o.type, **dict(each)} for o in offers for each in o.load().examples]


def _any_order(document: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.permutations(list(document.items())).map(dict)


def _written(kind: str) -> st.SearchStrategy[Any]:
    """A component of this kind; a type alone may be bare."""

    def ways(document: dict[str, Any]) -> st.SearchStrategy[Any]:
        bare = st.just(document["type"]) if len(document) == 1 else st.nothing()
        return bare | _any_order(document)

    return st.sampled_from(_examples(kind)).flatmap(ways)


def _with_some(optional: dict[str, st.SearchStrategy[Any]], **needed: Any) -> Callable[[], Any]:
    fixed = {key: st.just(value) for key, value in needed.items()}
    return lambda: st.fixed_dictionaries(fixed, optional=optional).flatmap(_any_order)


def _layers() -> st.SearchStrategy[Any]:
    dense = _with_some(
        {
            "name": st.just(""),
            "trainable": st.booleans(),
            "activation": st.none() | _written("activation"),
            "use_bias": st.booleans(),
            "weight_init": _written("initializer"),
            "bias_regularizer": st.none() | _written("regularizer"),
        },
        type="dense",
        units=4,
    )()
    residual = st.builds(
        lambda inner, name: {"layers": inner, "type": "residual", "name": name},
        st.lists(dense, max_size=2),
        st.sampled_from(["", "around", "이름"]),
    )
    return st.one_of(dense, residual, _written("activation"), _written("layer"))


def documents() -> st.SearchStrategy[dict[str, Any]]:
    """Documents that are read; their shapes need not fit together."""
    optimizer = _with_some(
        {"momentum": st.floats(0, 0.9), "clip_norm": st.none() | _NUMBERS},
        type="sgd",
        learning_rate=0.5,
    )()
    training = st.fixed_dictionaries(
        {
            "data": st.just({"path": "a.npz", "type": "npz"}),
            "epochs": st.integers(0, 3),
            "optimizer": optimizer
            | st.builds(
                lambda rate: {"type": "adam", "learning_rate": rate},
                _NUMBERS | _written("schedule"),
            ),
        },
        optional={
            "batch_size": st.integers(1, 64),
            "metrics": st.lists(_written("metric"), max_size=2),
            "validation": st.sampled_from([None, "test", 0.25, {"share": 0.5}]),
            "callbacks": st.lists(_written("callback"), max_size=2),
        },
    )
    return st.fixed_dictionaries(
        {
            "netspec": st.just(1),
            "input_shape": st.lists(st.integers(1, 9), max_size=3),
            "layers": st.lists(_layers(), max_size=4),
        },
        optional={
            "$schema": st.none() | st.just("../netspec.schema.json"),
            "name": st.sampled_from(["", "tiny"]),
            "description": st.text(st.characters(exclude_categories=["Cs"]), max_size=150),
            "dtype": st.sampled_from(["float32", "float64"]),
            "loss": st.none() | _written("loss"),
            "seed": st.integers(0, 2**64 - 1),
            "training": st.none() | training,
            "classes": st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=9)),
        },
    ).flatmap(_any_order)
