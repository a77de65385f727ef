"""What is special about the layers that reshape, encode, shake and normalise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec import Chain, DataError, LayerSpec, SequentialNetwork, SpecError, Tape
from netspec.builtins.layers.embedding import Embedding
from netspec.builtins.layers.gaussian_noise import GaussianNoise
from netspec.builtins.layers.group_norm import GroupNorm
from netspec.builtins.layers.layer_norm import LayerNorm
from netspec.builtins.layers.maxout import Maxout
from netspec.builtins.layers.one_hot import OneHot
from netspec.builtins.layers.permute import Permute
from netspec.builtins.layers.prelu import PReLU
from netspec.builtins.layers.reshape import Reshape
from netspec.builtins.layers.rms_norm import RMSNorm


def through(spec: LayerSpec, x: Any, dtype: str = "float64", **tape: Any) -> Any:
    chain = Chain(x.shape[1:], input_dtype=x.dtype, dtype=dtype)
    chain.add(spec)
    return chain.forward(x, Tape(**tape))


@pytest.mark.parametrize(
    ("spec", "shape", "said"),
    [
        (Reshape(shape=[4]), (2, 3), "6 values"),
        (Reshape(shape=[4, -1]), (2, 3), "as many values"),
        (Permute(axes=[0, 0]), (2, 3), "each axis from 0 to 1 once"),
        (Permute(axes=[1]), (2,), "each axis from 0 to 0 once"),
        (Permute(axes=[0]), (), "no axes"),
        (LayerNorm(axes=3), (2, 3), '"axes" from 1 to 2'),
        (RMSNorm(), (), "an axis"),
        (GroupNorm(groups=2), (4, 3), "a multiple of 2"),
        (PReLU(per_feature=True), (), "an axis"),
        (Maxout(units=2), (), "an axis"),
    ],
    ids=lambda value: value.type if isinstance(value, LayerSpec) else "",
)
def test_an_input_that_does_not_fit_is_refused(spec: LayerSpec, shape: Any, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        Chain(shape).add(spec)


@pytest.mark.parametrize("shape", [[0], [-1, -1], [2, -2]])
def test_a_shape_that_none_can_have_is_refused(shape: Any) -> None:
    with pytest.raises(SpecError, match="shape"):
        Reshape(shape=shape)


@given(st.permutations(range(4)))
def test_permuting_back_gives_what_came(axes: list[int]) -> None:
    x = np.arange(2 * 2 * 3 * 4 * 5).reshape(2, 2, 3, 4, 5)
    back = [axes.index(axis) for axis in range(4)]
    y = through(Permute(axes=axes), x)
    np.testing.assert_array_equal(y, x.transpose(0, *(axis + 1 for axis in axes)))
    np.testing.assert_array_equal(through(Permute(axes=back), y), x)


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32"])
def test_bytes_stay_bytes_until_they_are_rescaled(dtype: str) -> None:
    """784 bytes become an image of numbers from 0 to 1."""
    network = SequentialNetwork((6,), input_dtype=dtype)
    for layer in ({"type": "reshape", "shape": [2, 3]}, {"type": "permute", "axes": [1, 0]}):
        assert network.add(layer).output_dtype == dtype
    network.add({"type": "rescale", "scale": 1 / 255})
    y = network.predict(np.array([[0, 51, 255, 102, 153, 204]], dtype))
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, [[[0, 0.4], [0.2, 0.6], [1, 0.8]]], rtol=1e-6)


def test_one_hot_is_a_row_of_the_identity_and_refuses_other_integers() -> None:
    x = np.array([[0, 2], [1, 1]])
    np.testing.assert_array_equal(through(OneHot(classes=3), x), np.eye(3)[x])
    network = SequentialNetwork((2,), "mse", input_dtype="int64")
    network.add(OneHot(classes=3))
    with pytest.raises(DataError, match=r"3 in row 1.*0 to 2"):
        network.evaluate(np.array([[0, 2], [0, 3]]), np.zeros((2, 2, 3)))


@pytest.mark.parametrize("wrong", [-1, 3])
@pytest.mark.parametrize("first", [OneHot(classes=3), Embedding(vocabulary=3, dimension=2)])
def test_a_prediction_refuses_an_integer_that_is_out_of_range(first: LayerSpec, wrong: int) -> None:
    network = SequentialNetwork((2,), input_dtype="int64")
    network.add(first)
    with pytest.raises(DataError, match=rf"{wrong} in row 1.*takes 0 to 2"):
        network.predict(np.array([[0, 2], [0, wrong]]))


def test_noise_has_its_deviation_in_training_only_and_is_another_in_every_step() -> None:
    x = np.ones((50, 1000))
    spec = GaussianNoise(std=0.3)
    assert through(spec, x) is x
    noise = through(spec, x, training=True) - x
    assert noise.std() == pytest.approx(0.3, rel=0.01)
    assert noise.mean() == pytest.approx(0, abs=0.01)
    assert (through(spec, x, training=True, step=1) - x != noise).any()
    assert (through(spec, x, training=True) - x == noise).all()


def test_prelu_starts_as_a_leaky_relu_of_a_quarter() -> None:
    np.testing.assert_array_equal(through(PReLU(), np.array([[-2.0, 4.0]])), [[-0.5, 4.0]])


def test_maxout_of_equal_pieces_gives_the_gradient_to_the_first() -> None:
    chain = Chain((2,), dtype="float64")
    layer = chain.add(Maxout(units=1, pieces=2))
    for array in layer.params.values():
        array[...] = 1
    tape = Tape(keeps=True)
    chain.forward(np.ones((1, 2)), tape)
    _, gradients = chain.pull(np.ones((1, 1)), tape)
    np.testing.assert_array_equal(np.asarray(gradients["maxout_1.bias"]), [1, 0])


@pytest.mark.parametrize("spec", [LayerNorm(), GroupNorm(groups=2)], ids=lambda spec: spec.type)
def test_what_is_normalised_has_mean_0_and_deviation_1(spec: LayerSpec) -> None:
    """Far from 0 too, in float32."""
    x = np.random.default_rng(0).normal(1000, 3, (4, 2, 400)).astype(np.float32)
    y = through(spec, x, "float32")
    assert y.dtype == np.float32
    if spec.type == "group_norm":
        y = np.concatenate([y[..., :200].reshape(4, -1), y[..., 200:].reshape(4, -1)])
    np.testing.assert_allclose(y.mean(axis=-1), 0, atol=1e-3)
    np.testing.assert_allclose(y.std(axis=-1), 1, rtol=1e-3)


def test_rms_norm_brings_the_root_mean_square_to_1_whatever_the_scale() -> None:
    x = np.random.default_rng(0).normal(size=(4, 50))
    for scale in (1e-3, 1.0, 1e6):
        y = through(RMSNorm(), scale * x)
        np.testing.assert_allclose(np.sqrt(np.square(y).mean(axis=-1)), 1, rtol=1e-6)
