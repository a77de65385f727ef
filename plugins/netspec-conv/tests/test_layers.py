"""The layers keep every layer's promises, say what is wrong and what would be right, and learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from netspec_conv import netspec_layers
from netspec_conv.conv2d import Conv2d
from netspec_conv.global_max_pool2d import GlobalMaxPool2d
from netspec_conv.max_pool2d import MaxPool2d

from netspec import (
    Chain,
    LayerSpec,
    LimitError,
    Registry,
    SequentialNetwork,
    SpecError,
    Tape,
    read_spec,
)
from netspec.assemble import check
from netspec.testing import check_component, examples

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
def test_what_comes_in_must_be_an_image_or_a_sequence(cls: type[LayerSpec]) -> None:
    spec = next(examples(cls))
    for shape in ((), (784,), (2, 3, 4, 5)):
        with pytest.raises(SpecError, match=rf"{spec.type} takes .*, not .*axes|reshape"):
            Chain(shape).add(spec)


@pytest.mark.parametrize(
    ("document", "shape", "words"),
    [
        ({"channels": 4, "kernel": 5}, (4, 9, 1), "window of 5 × 5.* 4 × 9; use a smaller kernel"),
        (
            {"channels": 4, "kernel": 3, "dilation": [1, 4], "padding": 1},
            (3, 4, 1),
            "window of 3 × 9.* 5 × 6",
        ),
        ({"channels": 4, "kernel": 1, "groups": 2}, (3, 3, 3), "2 groups, 3 channels.*4 go out"),
        ({"channels": 3, "kernel": 1, "groups": 2}, (3, 3, 4), "2 groups, 4 channels.*3 go out"),
        ({"channels": 3, "kernel": 3, "padding": "same", "strides": 2}, (9, 9, 1), "strides 2 × 2"),
        ({"channels": 3, "kernel": 3, "padding": "half"}, (9, 9, 1), 'padding".*"half".*"same"'),
        ({"channels": 3, "kernel": 0}, (9, 9, 1), '"kernel" is 0.*at least 1'),
        ({"channels": 3, "kernel": [3, 0]}, (9, 9, 1), r'"kernel\[1\]" is 0.*at least 1'),
        ({"channels": 3, "kernel": [3, 3, 3]}, (9, 9, 1), '"kernel" is .*2 values'),
        ({"channels": 3, "kernel": 3.5}, (9, 9, 1), '"kernel" is 3.5.*whole number'),
        ({"channels": 3, "kernel": "3"}, (9, 9, 1), '"kernel" is "3".*whole number'),
        ({"channels": 3, "kernel": True}, (9, 9, 1), '"kernel" is true.*whole number'),
        (
            {"type": "max_pool2d", "padding": [1, 2]},
            (9, 9, 1),
            "2 × 2 and a padding of 1 × 2.*half",
        ),
        (
            {"type": "max_pool2d", "padding": 1, "dilation": [1, 3]},
            (2, 2, 1),
            "2 × 2 with a dilation of 1 × 3 that sees nothing but padding; use less padding",
        ),
        (
            {"type": "max_pool1d", "padding": 1, "dilation": 2},
            (1, 1),
            "2 with a dilation of 2 that sees nothing but padding",
        ),
        ({"type": "avg_pool1d", "kernel": 4}, (3, 1), "window of 4, .*has.* 3;"),
        (
            {"type": "conv2d_transpose", "channels": 1, "kernel": 2, "padding": 2},
            (2, 3, 1),
            "makes -1",
        ),
        (
            {"type": "conv2d_transpose", "channels": 1, "kernel": 2, "output_padding": 1},
            (2, 3, 1),
            "output_padding is 1.*smaller than the strides",
        ),
    ],
)
def test_what_does_not_fit_is_named_with_the_way_out(
    document: dict[str, Any], shape: Any, words: str
) -> None:
    with pytest.raises(SpecError, match=words):
        SequentialNetwork(shape).add({"type": "conv2d", **document})


@pytest.mark.parametrize("layer", ["conv2d", "conv2d_transpose"])
def test_what_lies_between_input_and_output_counts_against_the_limit(layer: str) -> None:
    """A kernel of 16 kB over an image of 16 MB: 200 times the image."""
    wide = {"type": layer, "channels": 1, "kernel": 200, "padding": 180}
    document = {"netspec": 1, "input_shape": [2048, 2048, 1], "layers": [wide]}
    with pytest.raises(LimitError, match="an array in between of shape .* values a sample"):
        check(read_spec(document))


def test_a_kernel_beyond_the_limit_is_refused_before_it_exists() -> None:
    with pytest.raises(LimitError):
        SequentialNetwork((10**9, 10**9, 1)).add(
            {"type": "conv2d", "channels": 10**9, "kernel": 10**8}
        )


def test_the_kernel_is_pytorch_s_and_starts_as_pytorch_s() -> None:
    """(out, in / groups, height, width), U(±1/√fan_in), the bias too."""
    layer = Chain((9, 9, 6)).add(Conv2d(channels=40, kernel=(3, 5), groups=2))
    assert layer.params["weight"].shape == (40, 3, 3, 5)
    bound = 1 / np.sqrt(3 * 3 * 5)
    for array in layer.params.values():
        assert 0.85 * bound < np.abs(array).max() <= bound


def test_of_equal_values_the_first_row_by_row_gets_the_gradient() -> None:
    """As in PyTorch, also where the second is in a column further left."""
    x = np.array([[0.0, 7, 7], [7, 7, 0], [0, 7, 1]]).reshape(1, 3, 3, 1)
    for spec in (MaxPool2d(kernel=3), GlobalMaxPool2d()):
        tape = Tape(training=True, keeps=True, wants_input_gradient=True)
        layer = Chain((3, 3, 1), dtype="float64").add(spec)
        y = layer.forward(x, tape)
        dx, _ = layer.backward(np.ones_like(y), tape)
        assert dx is not None
        np.testing.assert_array_equal(dx[0, :, :, 0], [[0, 1, 0], [0, 0, 0], [0, 0, 0]])


def test_padding_counts_as_the_smallest_number_for_a_maximum() -> None:
    layer = Chain((2, 2, 1)).add(MaxPool2d(kernel=2, padding=1))
    x = np.full((1, 2, 2, 1), -5.0, np.float32)
    np.testing.assert_array_equal(layer.forward(x, Tape()), x)


def test_depthwise_keeps_channels_apart() -> None:
    layer = Chain((5, 5, 3), dtype="float64").add(Conv2d(channels=3, kernel=3, groups=3))
    x = np.random.default_rng(0).normal(size=(2, 5, 5, 3))
    other = x.copy()
    other[..., 1] += 1
    changed = (layer.forward(x, Tape()) != layer.forward(other, Tape())).any(axis=(0, 1, 2))
    assert changed.tolist() == [False, True, False]


def test_a_network_of_all_of_them_learns_where_a_bar_stands() -> None:
    """Upright or lying, anywhere in a noisy image: no single pixel tells."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 400)
    x = rng.normal(0, 0.1, (400, 9, 8, 1))
    for image, label in zip(x, labels, strict=True):
        row, column = rng.integers(0, 6), rng.integers(0, 5)
        image[row : row + (3 if label else 1), column : column + (1 if label else 3), 0] += 1
    network = SequentialNetwork((9, 8, 1), "cross_entropy", seed=1)
    for layer in (
        {"type": "zero_pad2d", "right": 1},
        {"type": "conv2d", "channels": 8, "kernel": 3, "padding": "same"},
        {"type": "max_pool2d", "kernel": 3, "strides": 2},
        "relu",
        {
            "type": "conv2d_transpose",
            "channels": 8,
            "kernel": 2,
            "strides": 2,
            "activation": "relu",
        },
        "upsample2d",
        "avg_pool2d",
        {"type": "conv2d", "channels": 8, "kernel": 3, "groups": 4},
        "global_max_pool2d",
        {"type": "dense", "units": 2, "activation": "softmax"},
    ):
        network.add(layer)
    network.fit(
        x[:300],
        labels[:300],
        epochs=15,
        batch_size=25,
        optimizer={"type": "adam", "learning_rate": 0.01},
    )
    found = network.evaluate(x[300:], labels[300:], metrics=["accuracy"])["accuracy"]
    assert found > 0.95


@pytest.mark.parametrize(("layer", "sizes"), [("1d", (10**6,)), ("2d", (1024, 1024))])
def test_the_mean_of_a_large_image_does_not_drift(layer: str, sizes: tuple[int, ...]) -> None:
    network = SequentialNetwork((*sizes, 3))
    network.add(f"global_avg_pool{layer}")
    y = network.forward(np.full((1, *sizes, 3), 0.1, np.float32), Tape())
    np.testing.assert_allclose(y, 0.1, rtol=1e-6)
