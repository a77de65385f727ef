"""The cross layer keeps a layer's promises, and computes what PyTorch computes, in float64."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from netspec_autograd.cross import Cross

from netspec import Array, Chain, LayerSpec, SequentialNetwork, SpecError, Tape
from netspec.testing import check_layer, examples

SCRIPT = Path(__file__).parent / "oracle.py"
CASES: list[dict[str, Any]] = json.loads(SCRIPT.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("spec", list(examples(Cross)), ids=lambda spec: f"depth-{spec.depth}")
@pytest.mark.parametrize("shape", [(1,), (4,), (3, 2)])
def test_the_layer_keeps_its_promises(spec: LayerSpec, shape: tuple[int, ...]) -> None:
    check_layer(spec, shape)


def numbers(*shape: int, seed: float = 1.0) -> Array:
    """What the oracle was given."""
    at = np.arange(np.prod(shape, dtype=int))
    return np.array(np.sin(seed + 1.7 * at + 0.0131 * at**2)).reshape(shape)


def compared(document: dict[str, Any], shape: tuple[int, ...], theirs: dict[str, Any]) -> None:
    """Our answer to the oracle's question, to 1e-9."""
    layer = SequentialNetwork(shape[1:], dtype="float64").add(document)
    for array in layer.params.values():
        array[...] = numbers(*array.shape, seed=3.0)
    tape = Tape(training=True, keeps=True, wants_input_gradient=True)
    y = layer.forward(numbers(*shape), tape)
    dx, gradients = layer.backward(numbers(*y.shape, seed=2.0), tape)
    ours = {"y": y, "∂x": dx, **{f"∂{key}": each for key, each in gradients.items()}}
    assert ours.keys() == {key for key in theirs if key == "y" or key.startswith("∂")}
    for key, mine in ours.items():
        found = np.asarray(mine)
        expected = np.array(theirs[key], np.float64).reshape(found.shape)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12, err_msg=key)


@pytest.mark.parametrize("case", CASES, ids=lambda case: json.dumps(case["layer"]))
def test_the_layer_and_its_gradients_are_pytorch_s(case: dict[str, Any]) -> None:
    compared(case["layer"], tuple(case["shape"]), case)


def test_a_grid_of_sizes_is_pytorch_s() -> None:
    """Where PyTorch is installed; and the file still holds what it says."""
    pytest.importorskip("torch")
    described = importlib.util.spec_from_file_location("oracle_autograd", SCRIPT)
    assert described is not None
    assert described.loader is not None
    oracle = importlib.util.module_from_spec(described)
    described.loader.exec_module(oracle)
    for document, shape in oracle.grid():
        compared(document, shape, oracle.answer(document, shape))
    for (document, shape), case in zip(oracle.written(), CASES, strict=True):
        assert document == case["layer"]
        for key, theirs in oracle.answer(document, shape).items():
            held = np.array(case[key], np.float64).reshape(theirs.shape)
            np.testing.assert_allclose(held, theirs, rtol=1e-9, atol=1e-12)


def test_an_input_without_axes_is_refused() -> None:
    with pytest.raises(SpecError, match=r"cross takes \(features,\), not \(\).*an axis"):
        Chain(()).add(Cross())
