"""The operations of layers are counted off what they say themselves in operators."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec import Activation, Array, Layer, LayerSpec, Program, SequentialNetwork, Site
from netspec.flops import Count, count
from netspec.site import Ledger


def counted(*layers: Any, shape: tuple[int, ...] = (4,)) -> list[Count | None]:
    network = SequentialNetwork(shape)
    network.start("dry", Ledger())
    for layer in layers:
        network.add(layer)
    counts = count(network)
    return [counts[layer] for layer in network.walk()]


@pytest.mark.parametrize(
    ("layer", "shape", "products", "others"),
    [
        ({"type": "dense", "units": 3}, (4,), 2 * 4 * 3, 3),
        ({"type": "dense", "units": 3, "use_bias": False}, (4,), 2 * 4 * 3, 0),
        ({"type": "dense", "units": 3}, (5, 4), 5 * 2 * 4 * 3, 15),
        ("relu", (4, 2), 0, 8),
        ("softmax", (4,), 0, 20),
        ("flatten", (4, 2), 0, 0),
        ({"type": "dropout", "rate": 0.5}, (4,), 0, 0),
        ("layer_norm", (4,), 0, None),
    ],
)
def test_products_count_twice_and_every_other_value_once(
    layer: Any, shape: tuple[int, ...], products: int, others: int | None
) -> None:
    (found,) = counted(layer, shape=shape)
    assert found is not None
    assert found.products == products
    assert found.others == others or others is None


def test_what_is_inside_a_composite_counts_there() -> None:
    outer, inner, after = counted(
        {"type": "residual", "layers": [{"type": "dense", "units": 4}]}, "tanh"
    )
    assert (outer, inner, after) == (Count(0, 4), Count(32, 4), Count(0, 4))


class Silent(Activation):
    """x, and no word about it."""

    type: str = "silent"

    def forward(self, x: Array) -> Array:
        return x

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return grad


class Strange(Silent):
    """x, in an operator that nobody counts."""

    type: str = "strange"

    def lower(self, program: Program) -> str:
        return program.add("Abs", program.add("Fourier", program.x))


class Broken(Silent):
    """x, and an error of its own when it is asked."""

    type: str = "broken"

    def lower(self, program: Program) -> str:
        raise ZeroDivisionError


@pytest.mark.parametrize("layer", [Silent(), Strange(), Broken()])
def test_a_layer_that_does_not_say_itself_is_not_counted_and_hides_no_other(layer: Layer) -> None:
    assert counted(layer, "tanh") == [None, Count(0, 4)]


class Sliding(LayerSpec):
    """Three filters of 3 × 2 over an image of one channel, then the largest of 2 × 2."""

    type: str = "sliding"

    def build(self, site: Site) -> SlidingLayer:
        return SlidingLayer(self, site)


class SlidingLayer(Layer):
    """Only its operators matter here."""

    def __init__(self, spec: Sliding, site: Site) -> None:
        super().__init__(spec, site)
        self.output_shape = (3, 2, 3)

    def lower(self, program: Program) -> str:
        kernel = np.zeros((3, 1, 3, 2), np.float32)
        y = program.add("Conv", program.x, kernel, np.zeros(3), strides=[2, 1], pads=[1, 0, 1, 0])
        return program.add("MaxPool", y, kernel_shape=[2, 2], strides=[2, 2])

    forward = backward = None  # type: ignore[assignment]


def test_a_window_counts_at_every_place_that_it_finds() -> None:
    """An image of 8 × 7: the filters find 4 × 6 places, the pools 2 × 3."""
    (found,) = counted(Sliding(), shape=(1, 8, 7))
    assert found == Count(2 * (3 * 4 * 6) * (3 * 2), 3 * 4 * 6 + (3 * 2 * 3) * (2 * 2))


def test_products_come_back_once_for_weights_and_once_for_the_input() -> None:
    assert Count(100, 10).forward == 110
    assert Count(100, 10).backward(trainable=True, wanted=True) == 210
    assert Count(100, 10).backward(trainable=True, wanted=False) == 110
    assert Count(100, 10).backward(trainable=False, wanted=True) == 110
    assert Count(100, 10).backward(trainable=False, wanted=False) == 0


def test_a_large_network_is_counted_without_its_memory() -> None:
    (found,) = counted({"type": "dense", "units": 10**6}, shape=(10**6,))
    assert found == Count(2 * 10**12, 10**6)
