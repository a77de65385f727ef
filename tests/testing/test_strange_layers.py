"""A layer that keeps its promises raises no alarm, however strange it is."""

from __future__ import annotations

from typing import Any

import pytest
from strange_functions import FUNCTIONS
from strange_layers import LAYERS

from netspec import LayerSpec, Registry
from netspec.testing import check_layer

COMPOSITES: list[dict[str, Any]] = [
    {"type": "residual", "layers": ["dropout", {"type": "residual", "layers": ["relu"]}]},
    {"type": "sequential", "layers": [{"type": "dense", "units": 4}, "batch_norm"], "repeat": 3},
    {"type": "maxout", "units": 2, "pieces": 3, "weight_init": "zeros", "bias_init": "zeros"},
    {"type": "dense", "units": 7, "weight_init": "zeros", "activation": "relu"},
    {"type": "dense", "units": 1, "weight_init": {"type": "normal", "std": 1000.0}},
]


def test_there_are_at_least_thirty() -> None:
    assert len(FUNCTIONS) + len(LAYERS) + len(COMPOSITES) >= 30


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.type)
def test_a_strange_function_raises_no_alarm(function: LayerSpec) -> None:
    check_layer(function)
    check_layer(function, (2, 3), batch=1)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda each: each.layer)
def test_a_strange_layer_raises_no_alarm(layer: LayerSpec) -> None:
    check_layer(layer)
    check_layer(layer, batch=4)


@pytest.mark.parametrize("document", COMPOSITES, ids=lambda each: each["type"])
def test_a_strange_document_of_ours_raises_no_alarm(document: dict[str, Any]) -> None:
    layer = LayerSpec.model_validate(document, context={"registry": Registry.installed()})
    check_layer(layer, (4,))
