"""Documents of older versions: of the format, and of a component."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest

import netspec
from netspec import Activation, Array, PluginError, Registry, SpecError
from netspec.document import parse
from netspec.errors import NetspecError
from netspec.formatting import formatted, renewed
from netspec.migrations import STEPS, migrated
from netspec.model import FORMAT
from netspec.reading import read_document, read_spec

OLD = {"netspec": 0, "shape": [4], "layers": [{"type": "dense", "outputs": 3}]}


def from_0(document: dict[str, Any]) -> dict[str, Any]:
    """A format 0 that never was: "shape" for "input_shape", "outputs" for "units"."""
    document["input_shape"] = document.pop("shape")
    for layer in document["layers"]:
        if isinstance(layer, dict) and "outputs" in layer:
            layer["units"] = layer.pop("outputs")
    return document


ZERO = {0: from_0}


class Bend(Activation):
    """max(x, slope x): its version 1 called the slope `leak`, its version 2 wrote it in percent."""

    version = 3
    type: Literal["bend"] = "bend"
    slope: float = 0.1

    @classmethod
    def migrate(cls, document: dict[str, Any], version: int) -> dict[str, Any]:
        if version == 1 and "leak" in document:
            document["percent"] = document.pop("leak") * 100
        if "percent" in document:
            document["slope"] = document.pop("percent") / 100
        return document

    def forward(self, x: Array) -> Array:
        return x

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return grad


@pytest.fixture
def registry() -> Registry:
    return Registry.installed().including(Bend)


def saved(layer: Any, versions: Any) -> dict[str, Any]:
    document = {"netspec": 1, "input_shape": [4], "layers": [layer]}
    return {**document, "provenance": {"versions": versions}}


def test_a_document_of_an_older_format_is_migrated_and_then_validated() -> None:
    spec = read_spec(OLD, steps=ZERO)
    assert (spec.netspec, spec.input_shape) == (FORMAT, (4,))
    assert spec.migrated == ("format 0 → 1",)
    with pytest.raises(SpecError, match='"units" is 0'):
        read_spec({**OLD, "layers": [{"type": "dense", "outputs": 0}]}, steps=ZERO)


def test_steps_follow_each_other_and_what_they_are_given_is_a_copy() -> None:
    document = {"netspec": 0, "seen": []}
    steps = {n: lambda d, n=n: {**d, "seen": [*d["seen"], n]} for n in range(3)}
    assert migrated(document, 3, steps) == {"netspec": 3, "seen": [0, 1, 2]}
    assert migrated(document, 2, steps) == {"netspec": 2, "seen": [0, 1]}
    assert document == {"netspec": 0, "seen": []}


def test_a_document_of_today_is_not_touched() -> None:
    for document in ({"netspec": 1}, {}, {"netspec": "1"}, {"netspec": True}):
        assert migrated(document, 1, STEPS) is document


@pytest.mark.parametrize("version", [FORMAT + 1, 2**63, 0, -1])
def test_what_is_newer_or_was_never_written_is_refused_with_both_numbers(version: int) -> None:
    with pytest.raises(SpecError) as caught:
        read_spec({**OLD, "netspec": version})
    assert f"format {version}, this netspec reads format {FORMAT}" in str(caught.value)
    assert caught.value.faults[0].path == ("netspec",)


def test_the_limits_hold_for_what_is_migrated() -> None:
    layers = [{"type": "dense", "outputs": 1}] * 10_001
    with pytest.raises(NetspecError) as caught:
        read_spec({**OLD, "layers": layers}, steps=ZERO)
    assert caught.value.exit_code == 9


@pytest.mark.parametrize(
    ("layer", "version", "slope"),
    [
        ({"type": "bend", "leak": 0.5}, 1, 0.5),
        ({"type": "bend", "percent": 50}, 2, 0.5),
        ({"type": "bend", "slope": 0.5}, 3, 0.5),
        ("bend", 1, 0.1),
    ],
)
def test_a_component_reads_what_its_older_versions_saved(
    registry: Registry, layer: Any, version: int, slope: float
) -> None:
    spec = read_spec(saved(layer, {"layer/bend": version}), registry=registry)
    assert spec.layers[0].slope == slope  # type: ignore[attr-defined]
    assert spec.migrated == ((f"layer/bend {version} → 3",) if version != 3 else ())


def test_a_saved_model_that_records_no_version_was_saved_by_the_first(registry: Registry) -> None:
    document = saved({"type": "bend", "leak": 0.5}, {})
    assert read_spec(document, registry=registry).layers[0].slope == 0.5  # type: ignore[attr-defined]
    del document["provenance"]["versions"]
    assert read_spec(document, registry=registry).layers[0].slope == 0.5  # type: ignore[attr-defined]


def test_a_spec_that_nobody_saved_speaks_today_s_words(registry: Registry) -> None:
    document = {"netspec": 1, "input_shape": [4], "layers": [{"type": "bend", "leak": 0.5}]}
    with pytest.raises(SpecError, match='unknown key "leak"'):
        read_spec(document, registry=registry)


def test_a_version_that_is_newer_than_the_installed_one_is_refused(registry: Registry) -> None:
    with pytest.raises(PluginError) as caught:
        read_spec(saved("bend", {"layer/bend": 4}), registry=registry)
    assert "layer/bend was saved by its version 4, installed is 3" in str(caught.value)


@pytest.mark.parametrize("versions", [3, {"layer/bend": "1"}, {"layer/bend": None}, []])
def test_versions_that_are_none_are_refused(registry: Registry, versions: Any) -> None:
    with pytest.raises(SpecError, match="versions"):
        read_spec(saved("bend", versions), registry=registry)


@pytest.mark.parametrize("fault", [ValueError("no"), KeyError("no"), "text", None])
def test_a_migration_that_fails_is_its_plugin_s_fault(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    def migrate(document: dict[str, Any], version: int) -> Any:
        if isinstance(fault, Exception):
            raise fault
        return fault

    monkeypatch.setattr(Bend, "migrate", migrate)
    with pytest.raises(PluginError, match="version 1, installed is 3"):
        read_spec(saved("bend", {"layer/bend": 1}), registry=registry)


def test_a_model_records_the_versions_that_are_not_the_first(
    registry: Registry, tmp_path: Any
) -> None:
    network = netspec.SequentialNetwork((4,), registry=registry)
    network.add("bend")
    network.add("relu")
    netspec.save(network, tmp_path)
    document = json.loads((tmp_path / "model.json").read_text())
    assert document["provenance"]["versions"] == {"layer/bend": 3}
    assert renewed(read_document(tmp_path / "model.json"), registry) is None


def test_what_is_older_is_not_formatted_but_renewed(registry: Registry) -> None:
    document = saved({"type": "bend", "leak": 0.5}, {"layer/bend": 1, "layer/gone": 7})
    document["layers"].append({"type": "gone", "old": True})
    source = parse(json.dumps(document), "spec.json")
    with pytest.raises(SpecError, match="netspec migrate"):
        formatted(source, registry)
    text = renewed(source, registry)
    assert text is not None
    found = json.loads(text)
    assert found["layers"] == [{"type": "bend", "slope": 0.5}, {"type": "gone", "old": True}]
    assert found["provenance"]["versions"] == {"layer/bend": 3, "layer/gone": 7}
    assert formatted(parse(text), registry) == text
    assert renewed(parse(text), registry) is None


def test_what_is_opaque_keeps_its_version_however_it_was_recorded(registry: Registry) -> None:
    layers = [{"type": "bend", "leak": 0.5}, "far/gone", "far/lost"]
    versions = {"layer/gone": 7, "layer/far/lost": 1, "layer/lost": 3}
    document = {**saved("bend", versions), "layers": layers}
    text = renewed(parse(json.dumps(document), "spec.json"), registry)
    assert text is not None
    found = json.loads(text)["provenance"]["versions"]
    assert found == {"layer/bend": 3, "layer/far/gone": 7, "layer/far/lost": 1}


def test_an_older_format_is_renewed_in_the_canonical_form() -> None:
    text = renewed(parse(json.dumps(OLD)), steps=ZERO)
    assert text == (
        '{\n  "netspec": 1,\n  "input_shape": [4],\n  "layers": [{"type": "dense", "units": 3}]\n}\n'
    )
