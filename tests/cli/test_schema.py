"""`netspec schema` and what `netspec.schema` says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from netspec.registry import Registry
from netspec.schema import json_schema

from .conftest import SPEC

SPECS = sorted((Path(__file__).parents[2] / "specs").rglob("*.json"))


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_our_own_specs_are_valid(validator, path: Path) -> None:
    validator.validate(json.loads(path.read_text(encoding="utf-8")))


def test_a_saved_model_is_valid(validator, trained: Path) -> None:
    validator.validate(json.loads((trained / "model.json").read_text()))


WRONG: list[dict[str, Any]] = [
    {"netspec": 2},
    {"layers": "dense"},
    {"layers": ["dense"]},
    {"layers": ["mse"]},
    {"layers": [{"type": "dense", "units": 0}]},
    {"layers": [{"type": "dense", "units": 2.5}]},
    {"layers": [{"type": "dense", "unit": 3, "units": 3}]},
    {"layers": [{"units": 3}]},
    {"layers": [{"type": "dense", "units": 3, "activation": "dense"}]},
    {"layers": [{"type": "dense", "units": 3, "weight_init": "relu"}]},
    {"layers": [{"type": "residual", "layers": ["nothing"]}]},
    {"loss": {"type": "mse", "reduction": "median"}},
    {"seed": -1},
    {"training": {**SPEC["training"], "validation": 1.5}},
    {"training": {**SPEC["training"], "optimizer": {"type": "sgd", "learning_rate": 0}}},
    {"colour": "red"},
]


@pytest.mark.parametrize("change", WRONG, ids=str)
def test_what_netspec_refuses_in_a_document_the_schema_refuses(validator, change) -> None:
    assert validator.is_valid(SPEC)
    assert not validator.is_valid({**SPEC, **change})


def test_every_type_of_the_registry_is_in_the_schema_with_its_words(validator) -> None:
    definitions = validator.schema["$defs"]
    for offer in Registry.installed().offers():
        kinds = definitions[f"kind.{offer.namespace}"]["oneOf"]
        names = [kind["$ref"].rpartition("/")[2] for kind in kinds if "$ref" in kind]
        found = [definitions[name]["properties"]["type"]["enum"] for name in names]
        assert sum(offer.type in written for written in found) == 1
    assert definitions["Dense"]["properties"]["weight_init"]["default"]["type"] == "fan_in_uniform"
    assert definitions["Dense"]["properties"]["units"]["exclusiveMinimum"] == 0
    assert "x Wᵀ + b" in definitions["Dense"]["description"]


def test_a_kind_of_which_nothing_is_installed_takes_nothing() -> None:
    schema = json_schema(Registry())
    jsonschema.Draft202012Validator.check_schema(schema)
    bare = {"netspec": 1, "input_shape": [1], "layers": []}
    assert jsonschema.Draft202012Validator(schema).is_valid(bare)
    assert not jsonschema.Draft202012Validator(schema).is_valid({**bare, "layers": ["relu"]})


def test_a_type_of_a_plugin_may_name_its_distribution(validator) -> None:
    data = {"data": {"type": "netspec-mnist/mnist"}}
    offered = any(o.type == "mnist" for o in Registry.installed().offers())
    assert validator.is_valid({**SPEC, "training": {**SPEC["training"], **data}}) is offered


def test_the_command_prints_it_or_writes_it(cli, folder: Path, validator) -> None:
    assert json.loads(cli("schema").stdout) == validator.schema
    assert cli("schema", "--out", "netspec.schema.json").exit_code == 0
    written = (folder / "netspec.schema.json").read_text(encoding="utf-8")
    assert json.loads(written) == validator.schema


CHANGES: list[tuple[dict[str, Any], bool]] = [
    ({"training": {"data": {"type": "csv", "delimiter": ";"}}}, True),
    ({"training": {"data": {"delimiter": ";"}, "optimizer": {"momentum": 0.9}}}, True),
    ({"loss": {"type": "mse"}, "seed": 3}, True),
    ({"training": {"data": {"type": "csv", "delimeter": ";"}}}, False),
    ({"training": {"data": {"type": "csv", "delimiter": 3}}}, False),
    ({"training": {"data": "csv"}}, False),
    ({"training": {"optimizer": {"type": "sgdd"}}}, False),
    ({"loss": "mze"}, False),
    ({"layers": [{"type": "dense"}]}, False),
]


@pytest.mark.parametrize(("change", "valid"), CHANGES, ids=str)
def test_a_document_that_extends_another_says_any_of_its_keys(validator, change, valid) -> None:
    """What the other has need not be said again, only a list replaces the other's as a whole."""
    assert validator.is_valid({"extends": "base.json", **change}) is valid
    assert not validator.is_valid(change)
