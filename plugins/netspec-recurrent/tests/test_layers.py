"""The layers keep every layer's promises, say what does not fit, and remember."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from netspec_recurrent import netspec_layers
from netspec_recurrent.lstm import LSTM

from netspec import Array, Chain, LayerSpec, Registry, SequentialNetwork, SpecError, Tape, build
from netspec.testing import check_component, examples

KINDS = ["rnn", "gru", "lstm"]
CLASSES: list[type[LayerSpec]] = [
    Registry.installed().find(LayerSpec, name)  # type: ignore[type-abstract]
    for name in netspec_layers()
]
EXAMPLES = [
    pytest.param(spec, id=f"{cls.type_name()}-{n}")
    for cls in CLASSES
    for n, spec in enumerate(examples(cls))
]


@pytest.mark.parametrize("spec", EXAMPLES)
def test_a_layer_keeps_its_promises(spec: LayerSpec) -> None:
    check_component(spec)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.type_name())
def test_what_comes_in_must_be_a_sequence(cls: type[LayerSpec]) -> None:
    spec = next(examples(cls))
    for shape in ((), (784,), (2, 3, 4)):
        with pytest.raises(SpecError, match=rf"{spec.type} takes sequences, .*(reshape|axes)"):
            Chain(shape).add(spec)


def test_both_directions_meet_step_by_step() -> None:
    network = SequentialNetwork((4, 2))
    with pytest.raises(SpecError, match="2 steps of 4; both directions meet"):
        network.add({"type": "bidirectional", "layers": [{"type": "reshape", "shape": [2, 4]}]})


def test_one_value_without_an_axis_cannot_stand_side_by_side_with_another() -> None:
    layers = [{"type": "gru", "units": 1}, {"type": "reshape", "shape": []}]
    with pytest.raises(SpecError, match=r"/layers: .*the layers give one value, \(\)"):
        SequentialNetwork((4, 2)).add({"type": "bidirectional", "layers": layers})


def test_the_weights_start_as_pytorch_s() -> None:
    """U(±1/√units) for all of them, and the shapes of one of its layers."""
    layer = Chain((5, 30)).add(LSTM(units=16))
    shapes = {key: array.shape for key, array in layer.params.items()}
    assert shapes == {
        "weight_ih": (64, 30),
        "weight_hh": (64, 16),
        "bias_ih": (64,),
        "bias_hh": (64,),
    }
    for array in layer.params.values():
        assert 0.9 / 4 < np.abs(array).max() <= 1 / 4


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_knows_nothing_of_later_ones(kind: str) -> None:
    network = SequentialNetwork((6, 2), dtype="float64")
    layer = network.add({"type": kind, "units": 3, "return_sequence": True})
    x = np.random.default_rng(0).normal(size=(4, 6, 2))
    other = x.copy()
    other[:, 4] += 1
    changed = (layer.forward(x, Tape()) != layer.forward(other, Tape())).any(axis=(0, 2))
    assert changed.tolist() == [False] * 4 + [True] * 2


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_state_is_the_last_of_the_sequence(kind: str) -> None:
    x = np.random.default_rng(0).normal(size=(4, 6, 2))
    states = []
    for sequence in (True, False):
        network = SequentialNetwork((6, 2), dtype="float64", seed=5)
        network.add({"type": kind, "units": 3, "return_sequence": sequence})
        states.append(network.predict(x))
    np.testing.assert_array_equal(states[0][:, -1], states[1])


@pytest.mark.parametrize("kind", KINDS)
def test_truncated_no_gradient_passes_the_beginning_of_a_stretch(kind: str) -> None:
    """With stretches of 2, the last of 5 steps sees its own: a gradient of 0 before."""
    network = SequentialNetwork((5, 2), dtype="float64")
    layer = network.add({"type": kind, "units": 3, "truncate": 2})
    tape = Tape(training=True, keeps=True, wants_input_gradient=True)
    x = np.random.default_rng(0).normal(size=(4, 5, 2))
    y = layer.forward(x, tape)
    dx, _ = layer.backward(np.ones_like(y), tape)
    assert dx is not None
    assert (dx != 0).any(axis=(0, 2)).tolist() == [False] * 4 + [True]


@pytest.mark.parametrize("kind", KINDS)
def test_truncated_each_direction_counts_from_its_own_beginning(kind: str) -> None:
    """With stretches of 2, of 5 steps, each last state sees one step: its own."""
    network = SequentialNetwork((5, 2), dtype="float64")
    inner = {"type": kind, "units": 3, "truncate": 2}
    layer = network.add({"type": "bidirectional", "layers": [inner]})
    tape = Tape(training=True, keeps=True, wants_input_gradient=True)
    y = layer.forward(np.random.default_rng(0).normal(size=(4, 5, 2)), tape)
    for half, seen in ((slice(0, 3), 4), (slice(3, 6), 0)):
        grad = np.zeros_like(y)
        grad[:, half] = 1
        dx, _ = layer.backward(grad, tape)
        assert dx is not None
        assert np.flatnonzero((dx != 0).any(axis=(0, 2))).tolist() == [seen]


README = Path(__file__).parents[1] / "README.md"


def test_the_readme_s_documents_are_read() -> None:
    """Each that has an input is built as it stands there; the one that has none, behind another's."""
    blocks = README.read_text(encoding="utf-8").split("```json\n")[1:]
    for block in blocks:
        text = block.split("```")[0]
        if not text.startswith('"'):
            text = f'"input_shape": [9, 4], "layers": [{text}]'
        assert build(json.loads(f'{{"netspec": 1, {text}}}')).output_shape


def learned(layers: list[Any], x: Array, y: Array) -> float:
    """The accuracy on a quarter that was held back."""
    network = SequentialNetwork(x.shape[1:], "cross_entropy", seed=1)
    for layer in (*layers, {"type": "dense", "units": 2, "activation": "softmax"}):
        network.add(layer)
    shown = len(x) * 3 // 4
    network.fit(
        x[:shown],
        y[:shown],
        epochs=30,
        batch_size=30,
        optimizer={"type": "adam", "learning_rate": 0.01},
    )
    return float(network.evaluate(x[shown:], y[shown:], metrics=["accuracy"])["accuracy"])


@pytest.mark.parametrize("kind", ["gru", "lstm"])
def test_a_network_learns_what_the_first_step_said(kind: str) -> None:
    """Nine steps of noise later."""
    rng = np.random.default_rng(0)
    x = rng.normal(0, 0.5, (800, 10, 1))
    y = rng.integers(0, 2, 800)
    x[:, 0, 0] = 2 * y - 1
    assert learned([{"type": kind, "units": 12}], x, y) > 0.95


def test_read_from_both_ends_both_ends_are_known() -> None:
    """Whether the first and the last step agree."""
    rng = np.random.default_rng(0)
    x = rng.choice([-1.0, 1.0], (800, 6, 1))
    y = (x[:, 0, 0] == x[:, -1, 0]).astype(np.int64)
    both = {"type": "bidirectional", "layers": [{"type": "gru", "units": 10}]}
    assert learned([both, {"type": "dense", "units": 10, "activation": "tanh"}], x, y) > 0.95
