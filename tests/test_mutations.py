"""Whatever is wrong with a document, the error is ours: our words, at a place of the text."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from netspec.assemble import check
from netspec.document import parse
from netspec.errors import Fault, JSONPath, NetspecError
from netspec.limits import Limits
from netspec.reading import read_spec

from .specs import documents

FOREIGN = (
    "pydantic", "tagged", "input should", "validation error", "union", "nonetype", "dict", "tuple",
    "frozenset", "isinstance", "discriminator", "literal", "extra_forbidden", "valid ", "keyword",
    "traceback", "object at 0x", "<class", "<share>", "<split>", "<test>", "<number>", "<schedule>",
    "type_name", "netspec_kind", "schema_", "function",
)  # fmt: skip

WRONG = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 2**64) | st.floats(-9, 9) | st.text("aq1. -é", max_size=4)
    | st.sampled_from(["dense", "relu", "mse", "sgd", "accuracy", "zeros", "l2", "cosine", "test"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["type", "units", "name", "q"]), inner, max_size=3),
    max_leaves=4,
)  # fmt: skip


def paths(value: Any, path: JSONPath = ()) -> Iterator[JSONPath]:
    yield path
    if isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(child, (*path, key))


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """A valid document with up to three of its values replaced, removed or joined by another."""
    document = copy.deepcopy(draw(documents()))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([path for path in paths(document) if path]))
        parent = document
        for key in path[:-1]:
            parent = parent[key]
        how = draw(st.sampled_from(["replace", "remove", "join", "misspell"]))
        if how == "replace":
            parent[path[-1]] = draw(WRONG)
        elif how == "join" and isinstance(parent, dict):
            parent[draw(st.sampled_from(["type", "unit", "nam", "q", "layers"]))] = draw(WRONG)
        elif how == "misspell" and isinstance(parent, dict):
            parent[f"{path[-1]}s"] = parent.pop(path[-1])
        elif how == "remove":
            del parent[path[-1]]
    return document


@settings(max_examples=400, deadline=None)
@given(mutated(), st.sampled_from([None, 2]))
@example({"netspec": 2**64, "input_shape": [1], "layers": []}, None)
def test_every_error_has_our_words_and_a_place_in_the_text(
    document: dict[str, Any], indent: int | None
) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    places = []
    for fault in _faults(text):
        words = f"{fault.what}; {fault.right}".lower()
        assert not [word for word in FOREIGN if word in words], words
        assert fault.what
        assert fault.place is not None, fault
        assert fault.place.text == text.split("\n")[fault.place.line - 1]
        assert 1 <= fault.place.column <= len(fault.place.text)
        assert len(fault.place.drawing().split("\n")) == 2
        places.append((fault.place.line, fault.place.column))
    assert places == sorted(places)


def _faults(text: str) -> tuple[Fault, ...]:
    try:
        check(read_spec(parse(text, "spec.json")), limits=Limits(parameters=10**6))
    except NetspecError as error:
        return error.faults
    return ()
