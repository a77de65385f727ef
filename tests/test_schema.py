"""The JSON Schema takes every document that netspec takes."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from netspec.errors import NetspecError
from netspec.reading import read_spec
from netspec.schema import json_schema

from .specs import documents
from .test_mutations import mutated


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json_schema())


@settings(max_examples=60, deadline=None)
@given(document=documents())
def test_a_document_that_is_read_is_valid(
    validator: jsonschema.Draft202012Validator, document: dict[str, Any]
) -> None:
    validator.validate(document)
    validator.validate(read_spec(document).document(defaults=True))


@settings(max_examples=150, deadline=None)
@given(document=mutated())
def test_what_is_read_though_it_was_changed_is_valid_too(
    validator: jsonschema.Draft202012Validator, document: dict[str, Any]
) -> None:
    assert validator.is_valid(document) or not _is_read(document)


def _is_read(document: dict[str, Any]) -> bool:
    try:
        read_spec(document)
    except NetspecError:
        return False
    return True
