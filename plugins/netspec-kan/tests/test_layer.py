"""The layer keeps its promises, and computes its formula."""

from __future__ import annotations

import json
import re
from math import exp
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from netspec_kan.layer import KAN

from netspec import (
    Array,
    Chain,
    Program,
    SequentialNetwork,
    SpecError,
    Tape,
    build,
    read_spec,
    train,
)
from netspec.testing import check_layer

SPEC = Path(__file__).parents[3] / "specs" / "kan.json"
README = Path(__file__).parents[1] / "README.md"


@pytest.mark.parametrize("shape", [(1,), (4,), (3, 2)])
def test_the_layer_keeps_its_promises(shape: tuple[int, ...]) -> None:
    check_layer(KAN(units=3, knots=5, range=1.5), shape)


def by_hand(spec: KAN, weight: Array, x: Array, delta: Array) -> tuple[Array, Array, Array]:
    """y, ∂x and ∂W for the rows of x, number by number."""
    h = 2 * spec.range / (spec.knots - 1)
    y, dx, dw = np.zeros(delta.shape), np.zeros(x.shape), np.zeros(weight.shape)
    inputs = x.shape[1]
    for n, o, i, k in np.ndindex(len(x), spec.units, inputs, spec.knots):
        away = (x[n, i] - (-spec.range + k * h)) / h
        bell, w = exp(-(away**2)), weight[o, k * inputs + i]
        y[n, o] += w * bell
        dw[o, k * inputs + i] += delta[n, o] * bell
        dx[n, i] += delta[n, o] * w * bell * -2 * away / h
    return y, dx, dw


@pytest.mark.parametrize("batch", [0, 1, 6])
@pytest.mark.parametrize("positions", [(), (3,)])
@pytest.mark.parametrize("options", [{}, {"knots": 2}, {"knots": 5, "range": 0.7}])
def test_output_and_gradients_are_the_formula_s(
    options: dict[str, Any], positions: tuple[int, ...], batch: int
) -> None:
    spec, rng = KAN(units=2, **options), np.random.default_rng(0)
    layer = Chain((*positions, 4), dtype="float64").add(spec)
    x = rng.normal(size=(batch, *positions, 4))
    delta = rng.normal(size=(batch, *positions, 2))
    tape = Tape(training=True, keeps=True, wants_input_gradient=True)
    y = layer.forward(x, tape)
    dx, gradients = layer.backward(delta, tape)
    weight = layer.params["weight"]
    expected = by_hand(spec, weight, x.reshape(-1, 4), delta.reshape(-1, 2))
    for ours, theirs in zip((y, dx, gradients["weight"]), expected, strict=True):
        found = np.asarray(ours)
        np.testing.assert_allclose(found, theirs.reshape(found.shape), rtol=1e-9, atol=1e-12)


def test_far_outside_the_range_the_curves_are_0_and_nothing_is_infinite() -> None:
    layer = Chain((2,)).add(KAN(units=3))
    tape = Tape(training=True, keeps=True, wants_input_gradient=True)
    y = layer.forward(np.array([[1e9, -1e9]], np.float32), tape)
    dx, _ = layer.backward(np.ones_like(y), tape)
    assert y.dtype == np.float32
    assert not y.any()
    assert dx is not None
    assert not dx.any()


def test_an_input_without_axes_is_refused() -> None:
    with pytest.raises(SpecError, match=r"kan takes \(features,\), not \(\).*an axis"):
        Chain(()).add(KAN(units=3))


@pytest.mark.parametrize(
    ("field", "value"), [("units", 0), ("knots", 1), ("range", 0), ("range", -2.0)]
)
def test_a_value_that_makes_no_curve_is_refused_where_it_stands(field: str, value: Any) -> None:
    layer = {"type": "kan", "units": 3, field: value}
    with pytest.raises(SpecError, match=rf"/layers/0/{field}: "):
        read_spec({"netspec": 1, "input_shape": [4], "layers": [layer]})


@pytest.mark.parametrize("shape", [(4,), (3, 4)])
def test_onnx_s_evaluator_finds_the_same_numbers(shape: tuple[int, ...]) -> None:
    onnx = pytest.importorskip("onnx")
    reference = pytest.importorskip("onnx.reference")
    network = SequentialNetwork(shape, dtype="float64")
    network.add(KAN(units=3, knots=5))
    program = Program(network)

    def value(name: str, sample: tuple[int, ...]) -> Any:
        return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.DOUBLE, ["N", *sample])

    graph = onnx.helper.make_graph(
        [onnx.helper.make_node(op, ins, [out], **more) for op, ins, out, more in program.nodes],
        "kan",
        [value("input", program.input_shape)],
        [value(program.output, program.output_shape)],
        [
            onnx.numpy_helper.from_array(np.ascontiguousarray(array), name)
            for name, array in program.constants.items()
        ],
    )
    model = onnx.helper.make_model(graph)
    onnx.checker.check_model(model)
    x = np.random.default_rng(0).normal(size=(5, *shape))
    (y,) = reference.ReferenceEvaluator(model).run(None, {"input": x})
    np.testing.assert_allclose(y, network.predict(x), rtol=1e-12, atol=1e-12)


def test_one_layer_learns_what_is_a_sum_of_curves() -> None:
    """y = sin 3a + b² is one; y varies by 1.9, of which a hidden layer of 16 leaves 0.43."""
    x = np.random.default_rng(0).uniform(-2, 2, (256, 2))
    y = np.sin(3 * x[:, :1]) + x[:, 1:] ** 2
    network = SequentialNetwork((2,), "mse", seed=1)
    network.add(KAN(units=1, knots=12))
    network.fit(x, y, epochs=40, optimizer={"type": "adam", "learning_rate": 0.05})
    assert network.evaluate(x, y)["loss"] < 0.006


def in_readme(language: str) -> str:
    """The README's only block in this language."""
    text = README.read_text(encoding="utf-8")
    (block,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return str(block)


def test_the_readme_s_network_is_one() -> None:
    spec = read_spec({"netspec": 1, **json.loads("{" + in_readme("json") + "}")})
    assert build(spec).predict(np.zeros((2, 10))).shape == (2, 1)


def test_the_readme_reads_the_curve_that_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    train(SPEC, out=tmp_path / "runs" / "kan")
    monkeypatch.chdir(tmp_path)
    exec(in_readme("python"), {})  # noqa: S102
    found, shown = (
        [float(number) for number in text.strip().strip("[]").split()]
        for text in (capsys.readouterr().out, in_readme("text"))
    )
    np.testing.assert_allclose(found, shown, atol=1)
