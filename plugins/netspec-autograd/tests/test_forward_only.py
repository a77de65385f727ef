"""A layer of which only `forward` is written does what the same layer written by hand does."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, Literal

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from netspec_autograd import ForwardOnly, ForwardOnlyActivation
from netspec_autograd.layer import ForwardOnlyLayer
from pydantic import Field

import netspec
from netspec import (
    L2,
    Array,
    Chain,
    Data,
    Dense,
    FanInUniform,
    Initializer,
    Layer,
    LayerSpec,
    Part,
    Registry,
    Regularizer,
    Shape,
    SiLU,
    Site,
    Tape,
    read_spec,
    train,
)
from netspec.testing import check_activation, check_layer


class FormulaDense(ForwardOnly):
    """y = x Wᵀ + b."""

    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"units": 3},)

    type: Literal["formula_dense"] = "formula_dense"
    units: int = Field(gt=0, description="the number of outputs")
    init: Initializer = Field(default=FanInUniform(), description="what all starts from")
    weight_regularizer: Regularizer | None = Field(default=None, description="the weights' penalty")

    def parameters(self, site: Site) -> dict[str, Array]:
        fans = (site.input_shape[-1], self.units)
        weight = site.draw(self.init, (self.units, fans[0]), fans, order="F")
        return {"weight": weight, "bias": site.draw(self.init, (self.units,), fans)}

    def forward(self, x: Array, weight: Array, bias: Array) -> Array:
        return x @ weight.T + bias


class FormulaSiLU(ForwardOnlyActivation):
    """y = x σ(x)."""

    type: Literal["formula_silu"] = "formula_silu"

    def forward(self, x: Array) -> Array:
        return x * (0.5 + 0.5 * anp.tanh(0.5 * x))


class Table(ForwardOnly):
    """A row for each integer."""

    accepts: ClassVar[str] = "iu"
    type: Literal["formula_table"] = "formula_table"

    def parameters(self, site: Site) -> dict[str, Array]:
        return {"weight": site.draw(FanInUniform(), (4, 2))}

    def forward(self, x: Array, weight: Array) -> Array:
        return weight[x]

    def build(self, site: Site) -> ForwardOnlyLayer:
        layer = super().build(site)
        layer.index_range = range(4)
        return layer


REGISTRY = Registry.installed().including(FormulaDense, FormulaSiLU)
PAIRS: list[tuple[LayerSpec, LayerSpec]] = [
    (FormulaDense(units=3), Dense(units=3)),
    (FormulaSiLU(), SiLU()),
]


@pytest.mark.parametrize("spec", [FormulaDense(units=3), Table()], ids=lambda spec: spec.type)
def test_a_formula_keeps_a_layer_s_promises(spec: LayerSpec) -> None:
    check_layer(spec, (2, 4))


def test_a_formula_keeps_an_activation_s_promises() -> None:
    check_activation(FormulaSiLU())


def built(spec: LayerSpec, shape: Shape, dtype: str = "float64") -> Layer:
    """The layer in a chain of its own, always under the same name: so it draws the same numbers."""
    return Chain(shape, dtype=dtype).add(spec.model_copy(update={"name": "it"}))


def passed(layer: Layer, x: Array, delta: Array) -> dict[str, Array]:
    """Output and gradients of one step."""
    tape = Tape(training=True, keeps=True, wants_input_gradient=True)
    y = layer.forward(x, tape)
    dx, gradients = layer.backward(delta, tape)
    assert dx is not None
    return {"y": y, "∂x": dx, **{key: np.asarray(each) for key, each in gradients.items()}}


@pytest.mark.parametrize(("formula", "by_hand"), PAIRS, ids=["dense", "silu"])
@given(
    batch=st.integers(0, 6),
    positions=st.lists(st.integers(1, 3), max_size=2),
    features=st.integers(1, 7),
    seed=st.integers(0, 2**32 - 1),
)
def test_output_and_gradients_are_those_of_the_layer_written_by_hand(
    formula: LayerSpec,
    by_hand: LayerSpec,
    batch: int,
    positions: list[int],
    features: int,
    seed: int,
) -> None:
    shape = (*positions, features)
    ours, theirs = built(formula, shape), built(by_hand, shape)
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(batch, *shape))
    delta = rng.normal(size=(batch, *theirs.output_shape))
    found, expected = passed(ours, x, delta), passed(theirs, x, delta)
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        np.testing.assert_allclose(found[key], value, rtol=1e-12, atol=1e-12, err_msg=key)


def document(dense: str, silu: str, epochs: int, dtype: str) -> dict[str, Any]:
    """A small network; its layers have names, so that both kinds start from the same weights."""
    return {
        "netspec": 1,
        "name": "pair",
        "input_shape": [3],
        "dtype": dtype,
        "layers": [
            {"type": dense, "name": "first", "units": 16},
            {"type": silu, "name": "bend"},
            {"type": dense, "name": "last", "units": 1},
        ],
        "loss": "mse",
        "seed": 1,
        "training": {
            "data": "arrays",
            "optimizer": {"type": "adam", "learning_rate": 0.01},
            "batch_size": 16,
            "epochs": epochs,
        },
    }


def samples() -> Data:
    """y = sin 2a + b c."""
    x = np.random.default_rng(0).uniform(-2, 2, (256, 3))
    return Data(Part(x, np.sin(2 * x[:, :1]) + x[:, 1:2] * x[:, 2:]))


def trained(dense: str, silu: str, out: Path, epochs: int, dtype: str, **more: Any) -> Any:
    spec = read_spec(document(dense, silu, epochs, dtype), registry=REGISTRY)
    return train(spec, data=samples(), out=out, registry=REGISTRY, **more)


@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-9), ("float32", 1e-3)])
def test_a_training_goes_the_way_of_the_layers_written_by_hand(
    tmp_path: Path, dtype: str, rtol: float
) -> None:
    ours = trained("formula_dense", "formula_silu", tmp_path / "ours", 20, dtype).history
    theirs = trained("dense", "silu", tmp_path / "theirs", 20, dtype).history
    losses = [[record["loss"] for record in history] for history in (ours, theirs)]
    np.testing.assert_allclose(*losses, rtol=rtol)
    assert losses[0][-1] < losses[0][0] / 3


def test_what_is_saved_loads_and_resumes_to_the_bit(tmp_path: Path) -> None:
    kinds = ("formula_dense", "formula_silu")
    whole = trained(*kinds, tmp_path / "whole", 4, "float32")
    trained(*kinds, tmp_path / "halves", 2, "float32")
    trained(*kinds, tmp_path / "halves", 4, "float32", resume=True)
    x = samples().train.inputs[:9]
    expected = whole.network.predict(x).tobytes()
    for folder in ("whole", "halves"):
        assert netspec.load(tmp_path / folder, registry=REGISTRY).predict(x).tobytes() == expected


def test_the_command_line_trains_verifies_and_predicts_with_the_installed_layer(
    tmp_path: Path,
) -> None:
    layers = [{"type": "cross", "depth": 1}, {"type": "dense", "units": 1}]
    data = {"type": "csv", "path": "rows.csv", "target": "y", "target_kind": "number"}
    training = {"data": data, "optimizer": "adam", "epochs": 9}
    spec = {"netspec": 1, "input_shape": [2], "layers": layers, "loss": "mse", "training": training}
    rows = [f"{a},{b},{a * b}" for a in range(-3, 4) for b in range(-3, 4)]
    (tmp_path / "rows.csv").write_text("\n".join(["a,b,y", *rows, ""]), encoding="utf-8")
    (tmp_path / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    (tmp_path / "x.json").write_text("[[1, 2], [-1, 3]]", encoding="utf-8")

    def netspec_says(*words: str) -> str:
        command = [sys.executable, "-m", "netspec", *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    netspec_says("train", "spec.json", "--out", "run", "--set", "training.epochs=2")
    assert "same bits" in netspec_says("verify", "run")
    assert len(netspec_says("predict", "run", "x.json").splitlines()) == 2


def test_a_frozen_layer_passes_the_gradient_on_and_has_none_of_its_own() -> None:
    layer = built(FormulaDense(units=3, trainable=False), (4,))
    assert passed(layer, np.ones((2, 4)), np.ones((2, 3))).keys() == {"y", "∂x"}


def test_a_field_named_after_a_parameter_is_its_penalty() -> None:
    layer = built(FormulaDense(units=3, weight_regularizer=L2(strength=0.1)), (4,))
    assert layer.penalties.keys() == {"weight"}


def test_a_network_is_checked_without_the_memory_of_its_parameters() -> None:
    """10¹⁴ of them."""
    site = Site((10**7,), mode="dry")
    assert FormulaDense(units=10**7).build(site).output_shape == (10**7,)


def test_threads_that_train_the_same_layer_at_once_get_what_one_gets() -> None:
    layers = [built(FormulaDense(units=3), (4,)), built(FormulaSiLU(), (3,))]

    def step(seed: int) -> Iterator[bytes]:
        rng = np.random.default_rng(seed)
        for layer in layers:
            x = rng.normal(size=(1 + seed % 5, *layer.input_shape))
            delta = rng.normal(size=(len(x), *layer.output_shape))
            yield from (array.tobytes() for array in passed(layer, x, delta).values())

    alone = [list(step(seed)) for seed in range(200)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda seed: list(step(seed)), range(200))) == alone


def test_a_training_warns_of_nothing() -> None:
    """tanh's derivative divides by cosh², which overflows: the quotient is 0, rightly."""
    network = netspec.SequentialNetwork((3,), "mse", registry=REGISTRY)
    network.add({"type": "formula_dense", "units": 1})
    network.add("formula_silu")
    x = np.array([[0.1, 0.2, 0.3], [300.0, 300.0, 300.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network.fit(x, np.zeros((2, 1)), epochs=1, optimizer={"type": "sgd", "learning_rate": 1e-6})
