"""The canonical form: one way to write each document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netspec.document import WIDTH, layout, parse
from netspec.errors import SpecError
from netspec.formatting import formatted
from netspec.reading import read_document, read_spec

from .specs import documents

SPECS = sorted((Path(__file__).parents[1] / "specs").rglob("*.json"))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
).filter(lambda value: "Infinity" not in json.dumps(value))


def form(document: dict[str, Any]) -> str:
    return formatted(read_document(json.dumps(document).encode()))


def spec(*layers: Any, **more: Any) -> dict[str, Any]:
    return {"netspec": 1, "input_shape": [4], "layers": list(layers), **more}


def saved(*layers: Any, **more: Any) -> dict[str, Any]:
    weights = {"file": "weights.safetensors", "sha256": "0" * 64, "parameters": 0}
    return spec(*layers, weights=weights, **more)


@given(VALUES)
def test_a_layout_says_the_same_value(value: Any) -> None:
    text = layout(value)
    assert json.loads(text) == value
    assert text.endswith("\n")
    assert not any(line != line.rstrip(" ") for line in text.split("\n"))


@given(VALUES)
def test_no_line_that_could_be_broken_is_too_long(value: Any) -> None:
    for line in layout(value).split("\n"):
        opening = line.strip().rstrip(",").rpartition('": ')[2][:1]
        assert len(line) <= WIDTH or opening not in "[{" or line.strip().startswith('"')


@settings(max_examples=150, deadline=None)
@given(documents(), st.sampled_from([None, 1, "\t"]))
def test_formatting_changes_no_meaning_and_formatting_twice_changes_nothing(
    document: dict[str, Any], indent: Any
) -> None:
    before = read_spec(document)
    text = formatted(read_document(json.dumps(document, indent=indent).encode()))
    after = read_spec(text.encode())
    assert after.document(defaults=True) == before.document(defaults=True)
    assert formatted(read_document(text.encode())) == text


@settings(max_examples=100, deadline=None)
@given(documents(), st.randoms())
def test_the_order_of_keys_and_the_way_a_type_is_written_leave_no_trace(
    document: dict[str, Any], random: Any
) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, list):
            return [shuffled(item) for item in value]
        if not isinstance(value, dict):
            return value
        items = [(key, shuffled(item)) for key, item in value.items()]
        random.shuffle(items)
        return dict(items)

    assert form(shuffled(document)) == form(document)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_our_own_specs_are_in_the_canonical_form(path: Path) -> None:
    assert formatted(read_document(path)) == path.read_text(encoding="utf-8")


def test_defaults_are_left_out_and_what_is_a_type_alone_is_bare() -> None:
    document = spec(
        {"units": 3, "use_bias": True, "activation": {"type": "relu", "name": ""}, "type": "dense"},
        {"type": "softmax"},
        loss={"type": "mse", "reduction": "mean"},
        seed=0,
        training=None,
    )
    assert form(document) == (
        "{\n"
        '  "netspec": 1,\n'
        '  "input_shape": [4],\n'
        '  "layers": [\n'
        '    {"type": "dense", "units": 3, "activation": "relu"},\n'
        '    "softmax"\n'
        "  ],\n"
        '  "loss": "mse"\n'
        "}\n"
    )


def test_a_number_with_a_fraction_is_written_with_one() -> None:
    training = {
        "data": "mnist",
        "optimizer": {"type": "sgd", "learning_rate": 3},
        "epochs": 1,
    }
    assert '"learning_rate": 3.0' in form(spec(training=training))


def test_what_does_not_fit_on_a_line_is_broken_at_its_items() -> None:
    text = form(spec(*["relu"] * 3, {"type": "dense", "units": 2, "name": "x" * 64}))
    assert '    {\n      "type": "dense",\n      "name": "xxx' in text
    long = form(spec(classes=[f"class {n}" for n in range(20)]))
    assert '  "classes": [\n    "class 0",\n    "class 1",\n' in long


def test_a_saved_model_keeps_every_key() -> None:
    layers = ({"name": "a", "units": 3, "use_bias": True, "type": "dense"}, {"type": "relu"})
    text = form(saved(*layers, loss=None, seed=0, trained={"b": 1, "a": [1]}))
    assert '{"type": "dense", "name": "a", "units": 3, "use_bias": true}' in text
    assert '{"type": "relu"}' in text
    assert '"loss": null,\n  "seed": 0' in text
    assert '{"b": 1, "a": [1]}' in text


OPAQUE = {"zeta": [1, {"type": "deep"}], "type": "swirl", "trainable": True, "beta": 1e-5}


@pytest.mark.parametrize("made", [spec, saved])
@pytest.mark.parametrize("layer", [OPAQUE, {"type": "swirl"}, "swirl", {"type": "of-x/swirl"}])
def test_what_nobody_knows_is_kept_as_it_is_written(made: Any, layer: Any) -> None:
    """A plugin may be missing: only the layout of its layer is ours."""
    text = form(made({"type": "residual", "layers": [layer]}, layer))
    found = parse(text).value["layers"]
    assert json.dumps(found[1]) == json.dumps(layer)
    assert json.dumps(found[0]["layers"][0]) == json.dumps(layer)
    assert formatted(parse(text)) == text


@pytest.mark.parametrize("wrong", [{"unit": 3}, {"units": "3"}, {"units": 0}])
def test_a_wrong_document_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        form(spec({"type": "dense", **wrong}))


def test_ten_thousand_layers_are_formatted_in_linear_time() -> None:
    import time

    def seconds(count: int) -> float:
        document = read_document(
            spec(*[{"type": "dense", "units": 4, "activation": "relu"}] * count)
        )
        start = time.perf_counter()
        formatted(document)
        return time.perf_counter() - start

    assert seconds(10_000) < 20 * seconds(1_000) + 2
