"""Layers say themselves in ONNX's operators, and ONNX's own evaluator finds the same numbers."""

from __future__ import annotations

import json
import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netspec import (
    Activation,
    Array,
    Chain,
    LayerSpec,
    Program,
    Registry,
    SequentialNetwork,
    SpecError,
    builtins,
)
from netspec.testing import check_lowering, examples
from netspec.testing.lowering import evaluated

pytest.importorskip("onnx")

CLASSES = [
    offer.load() for offer in Registry(builtins).offers() if offer.kind in ("layer", "activation")
]
CASES = [
    pytest.param(spec, id=f"{spec.type}-{n}" if n else spec.type)
    for cls in CLASSES
    for n, spec in enumerate(examples(cls))
]


def inputs(chain: Chain, rows: int) -> Array:
    rng = np.random.default_rng(rows)
    shape = (rows, *chain.input_shape)
    if chain.input_dtype.kind == "f":
        x: Array = rng.normal(0, 2, shape)
        return x
    ranges = [layer.index_range for layer in chain.walk() if layer.index_range is not None]
    integers: Array = rng.integers(0, ranges[0].stop if ranges else 5, shape)
    return integers.astype(chain.input_dtype)


def alone(spec: LayerSpec, shape: Any) -> Chain:
    """The layer in a chain, with parameters and state that are none of the first ones."""
    dtype = np.float64 if "f" in spec.accepts else np.int64
    chain = Chain(shape, input_dtype=dtype, dtype=np.float64)
    chain.add(spec)
    rng = np.random.default_rng(4)
    for array in (*chain.params().values(), *chain.state().values()):
        array[...] = rng.uniform(0.5, 1.5, array.shape)
    return chain


@pytest.mark.parametrize("spec", CASES)
@pytest.mark.parametrize("rows", [1, 4])
def test_a_layer_gives_what_onnx_s_evaluator_gives(spec: LayerSpec, rows: int) -> None:
    """Every layer and activation of the house, in float64."""
    chain = alone(spec, type(spec).example_shape)
    check_lowering(chain, inputs(chain, rows))


@pytest.mark.parametrize("type_", ["celu", "elu", "log_sigmoid", "mish", "selu", "softplus"])
def test_operators_keep_the_digits_of_small_outputs_in_float32(type_: str) -> None:
    """exp(x) − 1 and log(1 + e), as they are written, lose them."""
    single, double = (SequentialNetwork((18,), dtype=dtype) for dtype in ("float32", "float64"))
    single.add(type_)
    double.add(type_)
    sizes = np.array([1e-7, 1e-4, 1e-2, 0.5, 3, 12, 20, 40, 1e4])
    x = np.concatenate([-sizes, sizes])[None].astype(np.float32)
    y, exact = evaluated(Program(single), x), double.predict(x.astype(np.float64))
    np.testing.assert_allclose(y, exact, rtol=2e-6, atol=1e-30)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64"])
@pytest.mark.parametrize(
    "document",
    [{"type": "embedding", "vocabulary": 5, "dimension": 2}, {"type": "one_hot", "classes": 5}],
)
def test_integers_of_every_size_are_taken(document: Any, dtype: str) -> None:
    network = SequentialNetwork((3,), input_dtype=dtype, dtype="float64")
    network.add(document)
    check_lowering(network, inputs(network, 4))
    # ONNX's Gather, which the evaluator is not strict about, takes int32 and int64 alone.
    assert Program(network).nodes[0].operator == "Cast"


@pytest.mark.parametrize(
    ("document", "shape"),
    [
        ({"type": "gelu", "approximate": True}, (5,)),
        ({"type": "celu", "alpha": 0.3}, (5,)),
        ({"type": "elu", "alpha": 1.7}, (5,)),
        ({"type": "leaky_relu", "slope": 0.2}, (5,)),
        ({"type": "softmax"}, (2, 3, 4)),
        ({"type": "dense", "units": 2, "use_bias": False}, (2, 3)),
        ({"type": "batch_norm"}, (2, 3, 4)),
        ({"type": "layer_norm", "axes": 2}, (2, 3, 4)),
        ({"type": "layer_norm", "use_weight": False, "use_bias": False}, (3, 4)),
        ({"type": "rms_norm", "axes": 2, "use_weight": False}, (3, 4)),
        ({"type": "group_norm", "groups": 3}, (2, 2, 6)),
        ({"type": "normalization", "per_feature": False}, (2, 3)),
        ({"type": "prelu", "per_feature": True}, (2, 3)),
        ({"type": "maxout", "units": 2, "pieces": 3}, (4, 5)),
        ({"type": "permute", "axes": [1, 2, 0]}, (2, 3, 4)),
        ({"type": "reshape", "shape": []}, (1,)),
        (
            {
                "type": "residual",
                "layers": [{"type": "dense", "units": 3}, "tanh"],
                "projection": [{"type": "dense", "units": 3}],
            },
            (2, 4),
        ),
        (
            {"type": "sequential", "layers": [{"type": "dense", "units": 4}, "relu"], "repeat": 3},
            (4,),
        ),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_options_and_shapes_are_lowered_too(document: Any, shape: Any) -> None:
    network = SequentialNetwork(shape, dtype="float64")
    network.add(document)
    check_lowering(network, inputs(network, 3))


def test_a_row_of_layers_is_one_program() -> None:
    """From bytes to probabilities; the number of samples is open."""
    network = SequentialNetwork((4, 6), dtype="float64", input_dtype="uint8", seed=3)
    for layer in (
        {"type": "rescale", "scale": 1 / 255},
        {"type": "random_shift"},
        "flatten",
        {"type": "dense", "units": 7, "activation": "silu"},
        "layer_norm",
        "dropout",
        {"type": "dense", "units": 3, "activation": "softmax"},
    ):
        network.add(layer)
    for rows in (1, 5):
        check_lowering(network, inputs(network, rows))


def test_a_program_of_float32_stays_in_float32() -> None:
    network = SequentialNetwork((5,), seed=3)
    network.add({"type": "dense", "units": 4, "activation": "selu"})
    x = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
    y = evaluated(Program(network), x)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, network.predict(x), rtol=1e-5, atol=1e-6)


def test_logits_of_any_size_have_a_softmax() -> None:
    network = SequentialNetwork((3,), dtype="float64")
    network.add("softmax")
    check_lowering(network, np.array([[1e4, -1e4, 0.0], [0.0, 0.0, 0.0]]))


class Mute(Activation):
    """An activation that does not say itself in ONNX's operators."""

    type: str = "mute"

    def forward(self, x: Array) -> Array:
        return x

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return grad


def test_a_layer_that_is_not_lowered_is_named() -> None:
    network = SequentialNetwork((3,))
    network.add(Mute(), name="quiet")
    with pytest.raises(SpecError, match=r"quiet \(mute\).*lower"):
        Program(network)


def test_the_layer_of_the_guide_for_plugins_is_lowered_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`netspec check` does not look at it."""
    guide = (Path(__file__).parents[1] / "docs" / "plugins.md").read_text(encoding="utf-8")
    parts = re.findall(
        r"netspec_curves/layer\.py` [a-z ]+:\n\n```python\n(.*?)```", guide, re.DOTALL
    )
    file = tmp_path / "curves_of_the_guide.py"
    file.write_text("\n".join(parts), encoding="utf-8")
    found = spec_from_file_location(file.stem, file)
    assert found is not None
    assert found.loader is not None
    module = module_from_spec(found)
    monkeypatch.setitem(sys.modules, file.stem, module)
    found.loader.exec_module(module)
    chain = Chain((3,), dtype="float64")
    chain.add(module.Curves(units=2, knots=4))
    check_lowering(chain, np.random.default_rng(0).normal(size=(5, 3)))
