"""What every layer promises, whatever it computes."""

from __future__ import annotations

import copy
import pickle
from typing import Any, NamedTuple

import numpy as np
import pytest

from netspec import Array, Chain, Gradients, LayerSpec, PluginError, Tape
from netspec.builtins.layers.batch_norm import BatchNorm
from netspec.builtins.layers.dense import Dense
from netspec.builtins.layers.dropout import Dropout
from netspec.builtins.layers.embedding import Embedding
from netspec.builtins.layers.flatten import Flatten
from netspec.builtins.layers.gaussian_noise import GaussianNoise
from netspec.builtins.layers.group_norm import GroupNorm
from netspec.builtins.layers.layer_norm import LayerNorm
from netspec.builtins.layers.maxout import Maxout
from netspec.builtins.layers.normalization import Normalization
from netspec.builtins.layers.one_hot import OneHot
from netspec.builtins.layers.permute import Permute
from netspec.builtins.layers.prelu import PReLU
from netspec.builtins.layers.random_rotation import RandomRotation
from netspec.builtins.layers.random_shift import RandomShift
from netspec.builtins.layers.rescale import Rescale
from netspec.builtins.layers.reshape import Reshape
from netspec.builtins.layers.residual import Residual
from netspec.builtins.layers.rms_norm import RMSNorm
from netspec.builtins.layers.sequential import Sequential

NESTED = Residual(
    layers=[
        BatchNorm(),
        Sequential(layers=[Dense(units=3), Dropout(rate=0.3), Dense(units=4)]),
        Residual(layers=[Dense(units=4)], projection=[Dense(units=4), BatchNorm()]),
    ]
)


class Case(NamedTuple):
    spec: LayerSpec
    shape: tuple[int, ...]
    integers: int = 0

    def x(self, samples: int, dtype: Any = np.float64) -> Array:
        """A batch that nobody may write to."""
        rng = np.random.default_rng(samples)
        shape = (samples, *self.shape)
        floats = rng.normal(1, 2, shape).astype(dtype)
        x: Array = rng.integers(0, self.integers, shape) if self.integers else floats
        x.flags.writeable = False
        return x

    def chain(self, dtype: Any = np.float64) -> Chain:
        chain = Chain(self.shape, input_dtype=np.int64 if self.integers else dtype, dtype=dtype)
        chain.add(self.spec)
        return chain


CASES = {
    "dense": Case(Dense(units=3), (5,)),
    "dense, no bias": Case(Dense(units=3, use_bias=False), (5,)),
    "dense, over positions": Case(Dense(units=1), (2, 3, 5)),
    "flatten": Case(Flatten(), (2, 3, 4)),
    "flatten, a scalar": Case(Flatten(), ()),
    "dropout": Case(Dropout(rate=0.4), (3, 4)),
    "dropout of all": Case(Dropout(rate=1.0), (4,)),
    "dropout of none": Case(Dropout(rate=0.0), (4,)),
    "batch_norm": Case(BatchNorm(), (3,)),
    "batch_norm, images": Case(BatchNorm(), (2, 2, 3)),
    "normalization": Case(Normalization(), (2, 3)),
    "normalization, one for all": Case(Normalization(per_feature=False), (2, 3)),
    "embedding": Case(Embedding(vocabulary=6, dimension=2), (4,), integers=6),
    "embedding, one integer": Case(Embedding(vocabulary=6, dimension=1), (), integers=6),
    "residual": Case(Residual(layers=[Dense(units=2), Dense(units=4)]), (4,)),
    "residual, projected": Case(
        Residual(layers=[Dense(units=2)], projection=[Dense(units=2)]), (3, 4)
    ),
    "sequential": Case(
        Sequential(layers=[Embedding(vocabulary=6, dimension=3), Flatten(), Dense(units=2)]),
        (4,),
        integers=6,
    ),
    "sequential, repeated": Case(Sequential(layers=[Dense(units=4), Dropout()], repeat=3), (4,)),
    "nested": Case(NESTED, (4,)),
    "reshape": Case(Reshape(shape=[3, -1]), (2, 3, 2)),
    "reshape, a scalar": Case(Reshape(shape=[]), (1, 1)),
    "permute": Case(Permute(axes=[1, 2, 0]), (2, 3, 4)),
    "permute, nothing": Case(Permute(axes=[]), ()),
    "gaussian_noise": Case(GaussianNoise(std=0.5), (3, 4)),
    "gaussian_noise of none": Case(GaussianNoise(std=0.0), ()),
    "rescale": Case(Rescale(scale=-0.5, offset=3.0), (2, 3)),
    "one_hot": Case(OneHot(classes=5), (3,), integers=5),
    "one_hot, one integer": Case(OneHot(classes=1), (), integers=1),
    "prelu": Case(PReLU(), ()),
    "prelu, one a feature": Case(PReLU(per_feature=True), (2, 3)),
    "maxout": Case(Maxout(units=3, pieces=4), (5,)),
    "maxout of one piece": Case(Maxout(units=1, pieces=1), (2, 2, 3)),
    "layer_norm": Case(LayerNorm(), (5,)),
    "layer_norm of one feature": Case(LayerNorm(), (3, 1)),
    "layer_norm, two axes": Case(LayerNorm(axes=2, use_bias=False), (2, 3, 4)),
    "layer_norm, plain": Case(LayerNorm(use_weight=False, use_bias=False), (4,)),
    "rms_norm": Case(RMSNorm(), (5,)),
    "rms_norm, two axes": Case(RMSNorm(axes=2, use_weight=False, epsilon=0.01), (2, 3)),
    "random_shift": Case(RandomShift(vertical=2, horizontal=3), (4, 3)),
    "random_shift, nowhere": Case(RandomShift(vertical=0, horizontal=0), (2, 2, 3)),
    "random_rotation": Case(RandomRotation(degrees=180.0), (3, 4)),
    "random_rotation, colours": Case(RandomRotation(degrees=30.0), (3, 2, 2)),
    "group_norm": Case(GroupNorm(groups=2), (6,)),
    "group_norm, images": Case(GroupNorm(groups=3), (2, 2, 3)),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
with_gradient = pytest.mark.parametrize(
    "case",
    [case for case in CASES.values() if not case.integers],
    ids=[name for name, case in CASES.items() if not case.integers],
)


def step(
    chain: Chain, x: Array, wanted: bool = True
) -> tuple[Array, Array | None, Gradients, Tape]:
    """One pass of training, forward and backward from a fixed delta."""
    tape = Tape(training=True, keeps=True, wants_input_gradient=wanted, seed=3, step=7)
    y = chain.forward(x, tape)
    grad = np.random.default_rng(5).normal(size=y.shape).astype(y.dtype)
    grad.flags.writeable = False
    delta, gradients = chain.pull(grad, tape)
    return y, delta, gradients, tape


def numeric(chain: Chain, x: Array, array: Array) -> Array:
    """∂(Σ Δ y)/∂array by central differences, for the Δ of `step`."""
    found = np.empty(array.shape)
    for at in np.ndindex(*array.shape):
        kept = array[at]
        sides = []
        for h in (1e-6, -1e-6):
            array[at] = kept + h
            y = chain.forward(x, Tape(training=True, seed=3, step=7))
            sides.append((y * np.random.default_rng(5).normal(size=y.shape)).sum())
        array[at] = kept
        found[at] = (sides[0] - sides[1]) / 2e-6
    return found


@with_gradient
def test_the_input_gradient_is_the_slope(case: Case) -> None:
    chain = case.chain()
    x = case.x(4).copy()
    _, delta, _, _ = step(chain, x)
    np.testing.assert_allclose(delta, numeric(chain, x, x), rtol=1e-6, atol=1e-7)


@every_case
def test_every_parameter_s_gradient_is_the_slope(case: Case) -> None:
    chain = case.chain()
    x = case.x(4)
    _, _, gradients, _ = step(chain, x)
    assert gradients.keys() == chain.trainable().keys()
    for path, array in chain.params().items():
        slope = numeric(chain, x, array)
        np.testing.assert_allclose(np.asarray(gradients[path]), slope, rtol=1e-6, atol=1e-7)


@every_case
@pytest.mark.parametrize("samples", [0, 1, 2, 5])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shapes_and_dtype_are_as_the_chain_says(case: Case, samples: int, dtype: Any) -> None:
    """For an empty batch, a batch of one and others; the input is not written to."""
    chain = case.chain(dtype)
    x = case.x(samples, dtype)
    y, delta, gradients, _ = step(chain, x)
    assert y.shape == (samples, *chain.output_shape)
    assert y.dtype == chain.output_dtype == (chain.input_dtype if y.dtype.kind == "i" else dtype)
    assert delta is not None
    assert (delta.shape, delta.dtype) == (x.shape, y.dtype)
    for path, gradient in gradients.items():
        assert gradient.shape == chain.params()[path].shape
        assert gradient.dtype == dtype
        assert np.isfinite(np.asarray(gradient)).all()


@every_case
def test_a_prediction_keeps_nothing_and_changes_nothing(case: Case) -> None:
    chain = case.chain()
    before = copy.deepcopy({**chain.params(), **chain.state()})
    tape = Tape()
    first = chain.forward(case.x(5), tape)
    again = np.concatenate([chain.forward(x[None], Tape()) for x in case.x(5)])
    np.testing.assert_allclose(again, first, rtol=1e-12)
    assert not tape.changes()
    for layer in chain.walk():
        with pytest.raises(PluginError, match="loads what forward did not save"):
            tape.load(layer)
    for path, array in {**chain.params(), **chain.state()}.items():
        np.testing.assert_array_equal(array, before[path])


@every_case
def test_state_changes_only_when_the_step_is_committed(case: Case) -> None:
    chain = case.chain()
    before = copy.deepcopy(chain.state())
    _, _, _, tape = step(chain, case.x(5))
    for path, array in chain.state().items():
        np.testing.assert_array_equal(array, before[path])
    changed = bool(tape.changes())
    tape.commit()
    assert changed == any((a != before[path]).any() for path, a in chain.state().items())


@every_case
def test_a_step_that_is_run_again_gives_the_same_bits(case: Case) -> None:
    chain = case.chain(np.float32)
    x = case.x(5, np.float32)
    first, again = step(chain, x), step(chain, x)
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    for path, gradient in first[2].items():
        np.testing.assert_array_equal(np.asarray(gradient), np.asarray(again[2][path]))


@every_case
def test_without_a_wanted_input_gradient_the_parameters_gradients_are_the_same(case: Case) -> None:
    chain = case.chain()
    x = case.x(5)
    _, _, gradients, _ = step(chain, x)
    _, delta, alone, tape = step(chain, x, wanted=False)
    assert delta is None
    assert not tape.wants_input_gradient
    assert alone.keys() == gradients.keys()
    for path, gradient in gradients.items():
        np.testing.assert_array_equal(np.asarray(alone[path]), np.asarray(gradient))


@every_case
def test_a_copy_and_a_pickle_compute_the_same_with_arrays_of_their_own(case: Case) -> None:
    chain = case.chain()
    x = case.x(3)
    expected = step(chain, x)[0]
    for twin in (copy.deepcopy(chain), pickle.loads(pickle.dumps(chain))):
        np.testing.assert_array_equal(step(twin, x)[0], expected)
        arrays = {**chain.params(), **chain.state()}
        for path, array in {**twin.params(), **twin.state()}.items():
            assert not np.shares_memory(array, arrays[path])
            array[...] = 0
        np.testing.assert_array_equal(step(chain, x)[0], expected)


@every_case
def test_the_spec_of_a_running_layer_builds_the_same_layer(case: Case) -> None:
    """The running layer's spec has every inner layer named; it goes on from there, not further."""
    (layer,) = case.chain()
    chain = Chain(case.shape, input_dtype=layer.input_dtype, dtype=np.float64)
    again = chain.add(layer.spec)
    assert again.spec == layer.spec
    assert list(again.params) == list(layer.params)
    for key, array in again.params.items():
        np.testing.assert_array_equal(array, layer.params[key])


@every_case
def test_a_dry_layer_has_the_shapes_and_takes_no_memory(case: Case) -> None:
    full = case.chain()
    dry = Chain(case.shape, input_dtype=full.input_dtype, dtype=np.float64, mode="dry")
    dry.add(case.spec)
    assert dry.output_shape == full.output_shape
    assert dry.output_dtype == full.output_dtype
    for given, arrays in ((dry.params(), full.params()), (dry.state(), full.state())):
        assert {p: (a.shape, a.dtype) for p, a in given.items()} == {
            p: (a.shape, a.dtype) for p, a in arrays.items()
        }
        assert all(array.strides == (0,) * array.ndim for array in given.values() if array.size > 1)
