"""Every picture shows the numbers that it was given, on the Axes that it returns."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netspec import DataError, Dense, Sequential, SequentialNetwork, plot
from netspec.builtins.activations.relu import ReLU

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WEIGHT, BIAS = ("dense_1.weight", (0, 0)), ("dense_1.bias", (0,))


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


def shown(ax: Axes) -> np.ndarray:
    """What the only image of the Axes shows, 0 where there is nothing."""
    [image] = ax.images
    return np.nan_to_num(np.asarray(image.get_array()))


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def line_network() -> SequentialNetwork:
    network = SequentialNetwork((1,), "mse", dtype="float64", seed=3)
    network.add(Dense(units=1))
    return network


@given(count=st.integers(1, 25), columns=st.integers(1, 12), form=st.sampled_from("abc"))
@settings(max_examples=20)
def test_every_pixel_of_every_picture_is_there(count: int, columns: int, form: str) -> None:
    pictures = np.random.default_rng(count).uniform(size=(count, 4, 4))
    given_as = {"a": pictures, "b": pictures[..., None], "c": pictures.reshape(count, 16)}[form]
    ax = plot.images(given_as, list(range(count)), columns=columns)
    assert shown(ax).sum() == pytest.approx(pictures.sum())
    assert texts(ax) == [str(at) for at in range(count)]
    plt.close("all")


def test_pictures_may_have_colours_and_need_not_be_square() -> None:
    colours = np.random.default_rng(0).uniform(size=(3, 4, 5, 3))
    assert shown(plot.images(colours)).sum() == pytest.approx(colours.sum())
    flat = np.random.default_rng(0).uniform(size=(3, 10))
    assert shown(plot.images(flat, shape=(2, 5))).sum() == pytest.approx(flat.sum())
    with pytest.raises(DataError, match="10 values"):
        plot.images(flat)
    with pytest.raises(DataError, match="shape"):
        plot.images(np.zeros(3))


def test_averages_are_those_of_each_label() -> None:
    pictures = np.stack([np.full((4, 4), value) for value in (0.0, 1.0, 0.5)])
    ax = plot.averages(pictures, [3, 3, 7])
    assert texts(ax) == ["3", "7"]
    assert shown(ax).sum() == pytest.approx(16 * 0.5 + 16 * 0.5)


def test_weights_are_the_layer_s_rows_and_white_is_zero() -> None:
    network = SequentialNetwork((16,), "mse", seed=1)
    layer = network.add(Dense(units=3))
    ax = plot.weights(layer)
    assert shown(ax).sum() == pytest.approx(layer.params["weight"].sum(), rel=1e-4)
    low, high = ax.images[0].get_clim()
    assert low == -high


@pytest.mark.parametrize("function", ["relu", ReLU()])
def test_an_activation_is_drawn_with_its_derivative(function: Any) -> None:
    ax = plot.activation(function, (-1, 1))
    value, slope = (np.asarray(line.get_ydata()).ravel() for line in ax.lines)
    x = np.asarray(ax.lines[0].get_xdata()).ravel()
    np.testing.assert_array_equal(value, np.maximum(x, 0))
    np.testing.assert_array_equal(slope, x > 0)


def test_history_draws_a_curve_a_key_and_several_trainings_on_one_picture() -> None:
    network = line_network()
    x, y = np.linspace(-1, 1, 10)[:, None], np.linspace(0, 1, 10)
    network.fit(x, y, epochs=3, optimizer="sgd", validation=(x, y))
    ax = plot.history(network.history)
    assert [line.get_label() for line in ax.lines] == ["loss", "val_loss"]
    assert plot.history(network.history, ["val_loss"], label="again", ax=ax) is ax
    assert len(ax.lines) == 3
    expected = [record["loss"] for record in network.history]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), expected)
    with pytest.raises(DataError, match="no epoch"):
        plot.history([])
    with pytest.raises(DataError, match=r'no epoch has "los"; did you mean "loss"\?'):
        plot.history(network.history, ["loss", "los"], ax=ax)
    assert len(ax.lines) == 3


def test_a_trace_follows_every_step_and_the_surface_leaves_the_network_alone() -> None:
    network = line_network()
    x, y = np.linspace(-1, 1, 12)[:, None], np.linspace(0, 1, 12)
    trace = plot.Trace(network, WEIGHT, BIAS)
    network.fit(x, y, epochs=2, batch_size=4, optimizer="sgd", progress=trace)
    assert len(trace.points) == 1 + 2 * 3
    before = {key: array.copy() for key, array in network.params().items()}
    assert trace.points[-1] == tuple(float(array.ravel()[0]) for array in before.values())
    spans = ((-1.0, 1.0), (-1.0, 1.0))
    ax = plot.loss_surface(
        network, x, y, WEIGHT, BIAS, spans=spans, paths={"way": trace.points}, points=5
    )
    assert ax.get_xlabel() == "dense_1.weight[0, 0]"
    for key, array in network.params().items():
        np.testing.assert_array_equal(array, before[key])


def test_a_surface_may_run_over_parameters_inside_a_composite() -> None:
    network = SequentialNetwork((1,), "mse", dtype="float64")
    network.add(Sequential(layers=(Dense(units=1),)))
    inner = [(f"sequential_1.{path}", index) for path, index in (WEIGHT, BIAS)]
    spans = ((-1.0, 1.0), (-1.0, 1.0))
    plot.loss_surface(network, [[1.0]], [1.0], inner[0], inner[1], spans=spans, points=3)


@pytest.mark.parametrize(("units", "labels"), [(1, [0, 1, 1, 0]), (3, [0, 1, 2, 0])])
def test_decisions_are_drawn_for_one_output_and_for_several(units: int, labels: list[int]) -> None:
    network = SequentialNetwork((2,), "mse", seed=2)
    network.add(Dense(units=units))
    network.add("sigmoid")
    corners = [[0, 0], [0, 1], [1, 0], [1, 1]]
    ax = plot.decision_boundary(network, corners, labels)
    assert {text.get_text() for text in ax.get_legend().get_texts()} == set(map(str, labels))
    with pytest.raises(DataError, match="two inputs"):
        plot.decision_boundary(network, [[1, 2, 3]], [0])


def test_the_confusion_matrix_counts_true_rows_and_predicted_columns() -> None:
    ax = plot.confusion_matrix([0, 0, 1], np.eye(3)[[0, 2, 1]], ["a", "b", "c"])
    assert texts(ax) == ["1", "0", "1", "0", "1", "0", "0", "0", "0"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]


def test_the_worst_mistake_comes_first() -> None:
    pictures = np.zeros((4, 2, 2))
    outputs = [[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.7, 0.3]]
    assert texts(plot.worst_mistakes(pictures, [1, 1, 0, 0], outputs, count=2)) == ["1→0", "0→1"]
    with pytest.raises(DataError, match="no mistake"):
        plot.worst_mistakes(pictures, [0, 1, 1, 0], outputs)


def test_matplotlib_is_loaded_with_the_first_picture_and_its_absence_explained() -> None:
    code = """
import sys
from netspec import plot
assert "matplotlib" not in sys.modules
sys.modules["matplotlib"] = None
try:
    plot.activation("relu")
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "netspec-nn[plot]" in done.stdout
