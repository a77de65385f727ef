"""Two specs or models compared by meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netspec.comparing import ABSENT, align, compare, compare_arrays
from netspec.formatting import formatted
from netspec.opaque import LenientRegistry
from netspec.reading import read_document, read_spec

from .specs import documents

DENSE = {"type": "dense", "units": 3}


def read(*layers: Any, **more: Any) -> Any:
    document = {"netspec": 1, "input_shape": [4], "layers": list(layers), **more}
    return read_spec(document, registry=LenientRegistry())


def told(before: Any, after: Any) -> list[str]:
    """Each layer that is not the same, as one word."""
    found = []
    for layer in compare(before, after).layers:
        what = "".join(
            f" {'/'.join(map(str, c.path))}: {c.before!r} -> {c.after!r}" for c in layer.changes
        )
        if layer.how != "same":
            found.append(f"{layer.how} {layer.layer.type}{what}")
    return found


@settings(max_examples=60, deadline=None)
@given(documents())
def test_a_document_is_the_same_as_its_canonical_form(document: dict[str, Any]) -> None:
    again = read_spec(formatted(read_document(document)).encode())
    assert compare(read_spec(document), again).same


@settings(max_examples=60, deadline=None)
@given(documents(), documents())
def test_documents_that_compare_as_the_same_mean_the_same(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    before, after = read_spec(first), read_spec(second)
    kept = {"schema_", "netspec", "input_dtype"}
    equal = before.document(defaults=True) == after.document(defaults=True)
    if equal:
        assert compare(before, after).same
    elif compare(before, after).same:
        for name in type(before).model_fields.keys() - kept - {"layers"}:
            assert getattr(before, name) == getattr(after, name)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([DENSE], [{**DENSE, "units": 4}], ["changed dense units: 3 -> 4"]),
        ([DENSE], ["relu", DENSE], ["inserted relu"]),
        ([DENSE, "relu", "tanh"], [DENSE, "tanh"], ["removed relu"]),
        ([{**DENSE, "activation": "relu"}], [DENSE, "relu"], []),
        ([DENSE, "relu"], [DENSE, "tanh"], ["removed relu", "inserted tanh"]),
        ([DENSE], [{**DENSE, "name": "dense_1"}], []),
        ([DENSE], [{**DENSE, "name": "first"}], ["changed dense name: '' -> 'first'"]),
        ([DENSE], [{**DENSE, "use_bias": True}], []),
        (
            [DENSE],
            [{**DENSE, "weight_init": "zeros"}],
            ["changed dense weight_init: 'fan_in_uniform' -> 'zeros'"],
        ),
        (
            [{"type": "uniformly", "low": 1, "deep": {"a": [1]}}],
            [{"type": "uniformly", "deep": {"a": [2]}}],
            ["changed uniformly low: 1 -> ABSENT deep/a: [1] -> [2]"],
        ),
        (
            [{"type": "residual", "layers": [DENSE]}],
            [{"type": "residual", "layers": ["tanh", {**DENSE, "units": 4}]}],
            ["changed residual layers/0: ABSENT -> 'tanh' layers/1/units: 3 -> 4"],
        ),
    ],
)
def test_layers_are_matched_along_the_chain(before: Any, after: Any, words: list[str]) -> None:
    assert told(read(*before), read(*after)) == words


def test_a_layer_that_is_inserted_renames_none_behind_it() -> None:
    saved = [{**DENSE, "name": f"dense_{n}"} for n in (1, 2, 3)]
    more = [{"type": "dense", "units": 9, "name": "dense_1"}] + [
        {**DENSE, "name": f"dense_{n}"} for n in (2, 3, 4)
    ]
    assert told(read(*saved), read(*more)) == ["inserted dense"]


def test_training_and_what_is_recorded_are_compared_too() -> None:
    training = {
        "data": {"type": "npz", "path": "a.npz"},
        "optimizer": {"type": "sgd", "learning_rate": 0.1},
        "epochs": 1,
        "metrics": ["accuracy"],
    }
    other = {**training, "epochs": 2, "metrics": ["mae", "accuracy"]}
    before = read(training=training, provenance={"seed": 1, "bits": {"threads": 1}})
    after = read(training=other, provenance={"seed": 2, "bits": {"threads": 1}}, seed=2)
    found = compare(before, after)
    assert [(c.path, c.before, c.after) for c in found.training] == [
        (("epochs",), 1, 2),
        (("metrics", 0), ABSENT, "mae"),
    ]
    assert [c.path for c in found.provenance] == [("provenance", "seed")]
    assert [c.path for c in found.document] == [("seed",)]
    (change,) = compare(read(), before).training
    assert change.before is ABSENT


def costs(before: str, after: str) -> float:
    pairs = align(before, after, lambda a, b: 0 if a == b else 0.5, lambda item: item)
    assert [a for a, _ in pairs if a is not None] == list(range(len(before)))
    assert [b for _, b in pairs if b is not None] == list(range(len(after)))
    return sum(
        1 if a is None or b is None else (0 if before[a] == after[b] else 0.5) for a, b in pairs
    )


def cheapest(before: str, after: str) -> float:
    """The same cost by the definition, without any table."""
    if not before or not after:
        return len(before) + len(after)
    pair = 0 if before[0] == after[0] else 0.5
    return min(
        cheapest(before[1:], after) + 1,
        cheapest(before, after[1:]) + 1,
        cheapest(before[1:], after[1:]) + pair,
    )


@settings(deadline=None)
@given(st.text("ab", max_size=5), st.text("ab", max_size=5))
def test_a_matching_keeps_every_item_once_and_in_order_at_the_least_cost(a: str, b: str) -> None:
    assert costs(a, b) == cheapest(a, b)


def test_long_chains_are_compared_soon() -> None:
    before = read(*[DENSE, "relu"] * 2000)
    after = read("tanh", *[DENSE, "relu"] * 2000, "tanh")
    assert told(before, after) == ["inserted tanh", "inserted tanh"]


def test_arrays_follow_their_layers_and_are_compared_by_length_and_angle() -> None:
    before = {"a.w": np.array([3.0, 4.0]), "gone.w": np.zeros(2), "c.w": np.zeros(3)}
    after = {"b.w": np.array([4.0, 3.0]), "new.w": np.zeros(2), "c.w": np.zeros((3, 1))}
    found = {c.path: c for c in compare_arrays(before, after, [("a", "b"), ("c", "c")])}
    assert list(found) == ["b.w", "c.w", "new.w", "gone.w"]
    assert found["b.w"].norm == 5
    assert found["b.w"].change == pytest.approx(np.sqrt(2))
    assert found["b.w"].cosine == pytest.approx(0.96)
    assert (found["c.w"].before, found["c.w"].after, found["c.w"].norm) == ((3,), (3, 1), None)
    assert (found["new.w"].before, found["gone.w"].after) == (None, None)
    assert not found["b.w"].same


def test_an_array_of_zeros_has_no_angle() -> None:
    zeros = {"a.w": np.zeros(2, np.float32)}
    (change,) = compare_arrays(zeros, zeros, [("a", "a")])
    assert (change.norm, change.change, change.cosine, change.same) == (0, 0, None, True)
