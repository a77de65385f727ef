"""Components as a document makes them, from the house's own plugin alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import TypeAdapter

from netspec import builtins
from netspec.registry import Registry

Make = Callable[[type, Any], Any]


@pytest.fixture(scope="session")
def own() -> Registry:
    """The registry of the house's own components."""
    return Registry(builtins)


@pytest.fixture(scope="session")
def make(own: Registry) -> Make:
    """`make(Loss, {"type": "mse"})` reads a component as a document does."""

    def read(base: type, document: Any) -> Any:
        return TypeAdapter(base).validate_python(document, context={"registry": own})

    return read
