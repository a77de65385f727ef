"""The layers compute what PyTorch computes, in float64."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netspec import Chain, LayerSpec, Tape
from netspec.builtins.layers.batch_norm import BatchNorm
from netspec.builtins.layers.dense import Dense
from netspec.builtins.layers.embedding import Embedding
from netspec.builtins.layers.flatten import Flatten
from netspec.builtins.layers.residual import Residual
from netspec.builtins.layers.sequential import Sequential

SCRIPT = Path(__file__).parents[2] / "oracle" / "layers.py"
CASES: dict[str, dict[str, Any]] = json.loads(
    SCRIPT.with_suffix(".json").read_text(encoding="utf-8")
)

SPECS: dict[str, LayerSpec] = {
    "dense": Dense(units=3),
    "dense_positions": Dense(units=3),
    "flatten": Flatten(),
    "batch_norm": BatchNorm(),
    "batch_norm_images": BatchNorm(),
    "batch_norm_evaluation": BatchNorm(),
    "embedding": Embedding(vocabulary=7, dimension=3),
    "residual": Residual(layers=[Dense(units=6), Dense(units=4)]),
    "residual_projection": Residual(layers=[Dense(units=3)], projection=[Dense(units=3)]),
    "sequential": Sequential(layers=[Dense(units=6), Dense(units=2)]),
    "sequential_repeat": Sequential(layers=[Dense(units=4)], repeat=3),
}


def near(ours: Any, theirs: Any) -> None:
    np.testing.assert_allclose(np.asarray(ours), np.array(theirs), rtol=1e-9, atol=1e-12)


def test_every_case_of_the_oracle_is_compared() -> None:
    assert CASES.keys() == SPECS.keys()


@pytest.mark.parametrize("name", SPECS)
def test_a_layer_computes_what_pytorch_computes(name: str) -> None:
    """Output, both gradients and the new state, from PyTorch's own parameters."""
    case = CASES[name]
    x = np.array(case["x"])
    chain = Chain(x.shape[1:], input_dtype=x.dtype, dtype="float64")
    layer = chain.add(SPECS[name])
    assert layer.params.keys() == case["params"].keys()
    for arrays, given in ((layer.params, case["params"]), (layer.state, case["state"])):
        for key, values in given.items():
            assert arrays[key].shape == np.shape(values)
            arrays[key][...] = values
    tape = Tape(training="evaluation" not in name, keeps=True)
    tape.wants_input_gradient = case["input_gradient"] is not None
    near(chain.forward(x, tape), case["y"])
    delta, gradients = chain.pull(np.array(case["grad"]), tape)
    if case["input_gradient"] is not None:
        near(delta, case["input_gradient"])
    assert gradients.keys() == {f"{layer.name}.{key}" for key in case["gradients"]}
    for key, values in case["gradients"].items():
        near(gradients[f"{layer.name}.{key}"], values)
    tape.commit()
    for key, values in case["new_state"].items():
        near(layer.state[key], values)


def test_pytorch_still_says_what_is_written_down() -> None:
    pytest.importorskip("torch")
    described = importlib.util.spec_from_file_location("oracle_layers", SCRIPT)
    assert described is not None
    assert described.loader is not None
    script = importlib.util.module_from_spec(described)
    described.loader.exec_module(script)
    said = script.cases()
    assert said.keys() == CASES.keys()
    for name, case in said.items():
        for part in ("y", "input_gradient"):
            if case[part] is not None:
                near(case[part], CASES[name][part])
