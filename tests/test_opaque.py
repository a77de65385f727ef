"""Opened without the plugin: what nobody knows is kept, and does nothing."""

from __future__ import annotations

from typing import Any

import pytest

from netspec import PluginError, SpecError
from netspec.opaque import LenientRegistry, Opaque, opaque_parts
from netspec.reading import read_spec

TRAINING = {
    "data": {"type": "nowhere", "path": 3},
    "optimizer": {"type": "unheard", "rate": "any", "learning_rate": {"type": "odd"}},
    "epochs": 1,
    "metrics": ["accuracy", "strange"],
    "callbacks": [{"type": "of-x/calls"}],
}


def read(**changes: Any) -> Any:
    document = {"netspec": 1, "input_shape": [4], "layers": [], **changes}
    return read_spec(document, registry=LenientRegistry())


def test_every_kind_may_be_unknown() -> None:
    spec = read(
        layers=["swirl", {"type": "dense", "units": 3, "weight_init": "guess"}],
        loss={"type": "blame", "logits": True},
        training=TRAINING,
    )
    assert [path for path, _ in opaque_parts(spec)] == [
        ("layers", 0),
        ("layers", 1, "weight_init"),
        ("loss",),
        ("training", "data"),
        ("training", "optimizer"),
        ("training", "metrics", 1),
        ("training", "callbacks", 0),
    ]
    assert isinstance(spec.layers[0], Opaque)


def test_it_says_what_is_missing_and_is_that_error_when_it_is_asked_to_work() -> None:
    spec = read(layers=["dens", {"type": "of-x/swirl"}])
    first, second = (part for _, part in opaque_parts(spec))
    assert 'unknown layer "dens"; did you mean "dense"?' in str(first.why)
    assert "of-x" in str(second.why)
    with pytest.raises(PluginError, match="unknown layer"):
        spec.layers[0].build(None)


@pytest.mark.parametrize("written", ["a b", "../x", "Ä" * 999, "a\n", "", "A"])
def test_what_can_be_no_type_is_refused_all_the_same(written: str) -> None:
    with pytest.raises(SpecError):
        read(layers=[{"type": written}])


def test_what_is_known_is_checked_as_ever() -> None:
    for wrong in ([{"type": "dense"}], [{"type": "dense", "units": 3, "activation": "dense"}]):
        with pytest.raises(SpecError):
            read(layers=wrong)


def test_the_name_of_an_opaque_layer_is_a_name() -> None:
    assert read(layers=[{"type": "swirl", "name": "a"}]).layers[0].name == "a"
    with pytest.raises(SpecError):
        read(layers=[{"type": "swirl", "name": "a.b"}])
