"""Every layer computes what PyTorch computes, forward and backward, in float64."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netspec import Array, Layer, SequentialNetwork, Tape

SCRIPT = Path(__file__).parent / "oracle.py"
CASES: list[dict[str, Any]] = json.loads(SCRIPT.with_suffix(".json").read_text(encoding="utf-8"))


def numbers(*shape: int, seed: float = 1.0) -> Array:
    """What the oracle was given."""
    at = np.arange(np.prod(shape, dtype=int))
    return np.array(np.sin(seed + 1.7 * at + 0.0131 * at**2)).reshape(shape)


def running(document: dict[str, Any], shape: tuple[int, ...]) -> Layer:
    """The layer alone, with the oracle's parameters."""
    layer = SequentialNetwork(shape, dtype="float64").add(document)
    for array in layer.params.values():
        array[...] = numbers(*array.shape, seed=3.0)
    return layer


def answer(layer: Layer, x: Array) -> dict[str, Array]:
    """What we say to the oracle's question."""
    tape = Tape(training=True, keeps=True, wants_input_gradient=True)
    y = layer.forward(x, tape)
    dx, gradients = layer.backward(numbers(*y.shape, seed=2.0), tape)
    assert dx is not None
    named = {f"∂{key}": np.asarray(each) for key, each in gradients.items()}
    return {"y": y, "∂x": dx, **named}


def compared(layer: Layer, x: Array, case: dict[str, Any]) -> None:
    """To 1e-9 of each value, or of the largest where the terms cancel."""
    ours = answer(layer, x)
    assert ours.keys() == {key for key in case if key == "y" or key.startswith("∂")}
    for key, mine in ours.items():
        theirs = np.array(case[key], np.float64).reshape(mine.shape)
        scale = np.abs(theirs).max(initial=1.0)
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12 * scale, err_msg=key)


@pytest.mark.parametrize("case", CASES, ids=lambda case: json.dumps(case["layer"]))
def test_a_layer_and_its_gradients_are_pytorch_s(case: dict[str, Any]) -> None:
    layer = running(case["layer"], tuple(case["shape"][1:]))
    compared(layer, numbers(*case["shape"]), case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: json.dumps(case["layer"]))
def test_it_does_not_matter_how_the_input_lies_in_memory(case: dict[str, Any]) -> None:
    """Transposed, reversed, or with gaps: the layer before left it so."""
    layer = running(case["layer"], tuple(case["shape"][1:]))
    x = numbers(*case["shape"])
    gaps = np.zeros((*x.shape[:-1], 2 * x.shape[-1]))
    gaps[..., ::2] = x
    for lying in (np.asfortranarray(x), x[::-1].copy()[::-1], gaps[..., ::2]):
        compared(layer, lying, case)


def test_a_grid_of_parameters_is_pytorch_s() -> None:
    """Where PyTorch is installed; and the file still holds what it says."""
    pytest.importorskip("torch")
    described = importlib.util.spec_from_file_location("oracle_attention", SCRIPT)
    assert described is not None
    assert described.loader is not None
    oracle = importlib.util.module_from_spec(described)
    described.loader.exec_module(oracle)
    for document, shape in oracle.grid():
        compared(running(document, shape[1:]), numbers(*shape), oracle.answer(document, shape))
    for (document, shape), case in zip(oracle.written(), CASES, strict=True):
        assert document == case["layer"]
        for key, theirs in oracle.answer(document, shape).items():
            held = np.array(case[key], np.float64).reshape(theirs.shape)
            np.testing.assert_allclose(held, theirs, rtol=1e-9, atol=1e-12)
