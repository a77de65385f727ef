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
from netspec.builtins.layers.group_norm import GroupNorm
from netspec.builtins.layers.layer_norm import LayerNorm
from netspec.builtins.layers.maxout import Maxout
from netspec.builtins.layers.one_hot import OneHot
from netspec.builtins.layers.permute import Permute
from netspec.builtins.layers.prelu import PReLU
from netspec.builtins.layers.rescale import Rescale
from netspec.builtins.layers.reshape import Reshape
from netspec.builtins.layers.residual import Residual
from netspec.builtins.layers.rms_norm import RMSNorm
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
    "reshape": Reshape(shape=[-1, 3]),
    "permute": Permute(axes=[2, 0, 1]),
    "rescale": Rescale(scale=0.3, offset=-2.0),
    "one_hot": OneHot(classes=4),
    "prelu": PReLU(),
    "prelu_per_feature": PReLU(per_feature=True),
    "maxout": Maxout(units=3),
    "maxout_positions": Maxout(units=3),
    "layer_norm": LayerNorm(),
    "layer_norm_positions": LayerNorm(epsilon=0.1),
    "layer_norm_axes": LayerNorm(axes=2),
    "layer_norm_no_bias": LayerNorm(use_bias=False),
    "layer_norm_plain": LayerNorm(use_weight=False, use_bias=False),
    "rms_norm": RMSNorm(),
    "rms_norm_axes": RMSNorm(axes=2, epsilon=0.1),
    "rms_norm_plain": RMSNorm(use_weight=False),
    "group_norm": GroupNorm(groups=2),
    "group_norm_images": GroupNorm(groups=3),
    "group_norm_one": GroupNorm(groups=1),
    "group_norm_each": GroupNorm(groups=4),
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
