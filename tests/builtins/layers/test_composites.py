"""Composites: their names and paths, what they refuse, what freezing does."""

from __future__ import annotations

import numpy as np
import pytest

from netspec import Chain, LayerSpec, LimitError, SpecError, Tape
from netspec.builtins.activations.relu import ReLU
from netspec.builtins.layers.batch_norm import BatchNorm
from netspec.builtins.layers.dense import Dense
from netspec.builtins.layers.dropout import Dropout
from netspec.builtins.layers.embedding import Embedding
from netspec.builtins.layers.flatten import Flatten
from netspec.builtins.layers.residual import Residual
from netspec.builtins.layers.sequential import Sequential
from netspec.site import Ledger


def chain_of(spec: LayerSpec, *shape: int) -> Chain:
    chain = Chain(shape, dtype="float64")
    chain.add(spec)
    return chain


def pull(chain: Chain, wanted: bool = False) -> dict[str, object]:
    tape = Tape(training=True, keeps=True, wants_input_gradient=wanted)
    y = chain.forward(np.ones((3, *chain.input_shape)), tape)
    return dict(chain.pull(np.ones_like(y), tape)[1])


def test_inner_arrays_stand_under_the_composite_s_name() -> None:
    block = Residual(layers=[Dense(units=3), BatchNorm()], projection=[Dense(units=3)])
    chain = chain_of(block, 2)
    assert list(chain.params()) == [
        "residual_1.dense_1.weight",
        "residual_1.dense_1.bias",
        "residual_1.batch_norm_1.weight",
        "residual_1.batch_norm_1.bias",
        "residual_1.projection.dense_1.weight",
        "residual_1.projection.dense_1.bias",
    ]
    assert list(chain.state()) == [
        "residual_1.batch_norm_1.running_mean",
        "residual_1.batch_norm_1.running_var",
    ]
    assert [layer.path for layer in chain.walk()] == [
        "residual_1",
        "residual_1.dense_1",
        "residual_1.batch_norm_1",
        "residual_1.projection.dense_1",
    ]


def test_a_repeated_row_has_arrays_of_its_own_each_time() -> None:
    chain = chain_of(Sequential(layers=[Dense(units=2), Dense(units=2)], repeat=3), 2)
    paths = list(chain.params())
    assert len(set(paths)) == 12
    assert paths[0] == "sequential_1.block_1.dense_1.weight"
    assert paths[-1] == "sequential_1.block_3.dense_2.bias"
    first, second = (chain.params()[f"sequential_1.block_{n}.dense_1.weight"] for n in (1, 2))
    assert (first != second).any()


def test_a_repeated_row_is_written_once() -> None:
    """The running layer's spec keeps `repeat`, and the row with its names."""
    layer = chain_of(Sequential(layers=[Dense(units=2)], repeat=3), 2).tail
    assert layer is not None
    assert layer.spec.document() == {
        "type": "sequential",
        "name": "sequential_1",
        "layers": [{"type": "dense", "name": "dense_1", "units": 2}],
        "repeat": 3,
    }


def test_a_repeated_row_may_change_the_shape_as_it_goes() -> None:
    chain = chain_of(Sequential(layers=[Flatten(), Dense(units=4)], repeat=2), 2, 3)
    shapes = [array.shape for path, array in chain.params().items() if path.endswith("weight")]
    assert shapes == [(4, 6), (4, 4)]


def test_a_renamed_composite_takes_its_inner_paths_along() -> None:
    layer = chain_of(Sequential(layers=[Residual(layers=[Dense(units=2)])]), 2).tail
    assert layer is not None
    assert layer.chain is not None
    layer.chain.remove(layer)
    chain = Chain((2,), dtype="float64")
    chain.add(layer, name="body")
    assert [each.path for each in chain.walk()] == [
        "body",
        "body.residual_1",
        "body.residual_1.dense_1",
    ]
    assert list(chain.params()) == [
        "body.residual_1.dense_1.weight",
        "body.residual_1.dense_1.bias",
    ]


def test_a_residual_whose_shapes_differ_is_refused_with_the_way_out() -> None:
    with pytest.raises(SpecError, match="projection") as refused:
        chain_of(Residual(layers=[Dense(units=3)]), 2)
    assert "(2,)" in str(refused.value)
    assert "(3,)" in str(refused.value)
    with pytest.raises(SpecError, match="projection"):
        chain_of(Residual(layers=[Dense(units=3)], projection=[Dense(units=4)]), 2)


def test_a_residual_of_one_number_is_not_broadcast() -> None:
    with pytest.raises(SpecError, match="projection"):
        chain_of(Residual(layers=[Dense(units=1)]), 2)


def test_a_layer_of_a_projected_residual_is_not_named_projection() -> None:
    inner = Dense(units=2, name="projection")
    with pytest.raises(SpecError, match="another name"):
        chain_of(Residual(layers=[inner], projection=[Dense(units=2)]), 2)
    chain_of(Residual(layers=[inner]), 2)


@pytest.mark.parametrize("composite", [Residual, Sequential])
def test_a_composite_has_layers(composite: type[Residual | Sequential]) -> None:
    with pytest.raises(SpecError, match="/layers"):
        chain_of(composite(layers=[]), 2)


@pytest.mark.parametrize("repeat", [0, -1])
def test_a_row_is_built_at_least_once(repeat: int) -> None:
    with pytest.raises(SpecError, match="repeat"):
        Sequential(layers=[Dense(units=2)], repeat=repeat)


def test_an_inner_refusal_points_to_the_inner_layer() -> None:
    wrong = Embedding(vocabulary=2, dimension=2)
    deep = Sequential(layers=[Dense(units=2), Residual(layers=[Dense(units=2), wrong])], repeat=2)
    with pytest.raises(SpecError) as refused:
        chain_of(deep, 2)
    assert refused.value.faults[0].path == (0, "layers", 1, "layers", 1)
    with pytest.raises(SpecError) as refused:
        chain_of(Residual(layers=[Dense(units=2)], projection=[Flatten(), wrong]), 2)
    assert refused.value.faults[0].path == (0, "projection", 1)


def test_an_inner_layer_too_large_is_refused_before_anything_is_allocated() -> None:
    with pytest.raises(LimitError):
        chain_of(Sequential(layers=[Dense(units=10**12), Dense(units=10**12)]), 2)


def test_a_frozen_inner_layer_gets_no_gradient() -> None:
    chain = chain_of(
        Residual(
            layers=[Dense(units=3), Dense(units=2, trainable=False)],
            projection=[Dense(units=2, trainable=False)],
        ),
        2,
    )
    expected = {"residual_1.dense_1.weight", "residual_1.dense_1.bias"}
    assert chain.trainable().keys() == expected
    assert pull(chain).keys() == expected
    assert pull(chain, wanted=True).keys() == expected


@pytest.mark.parametrize("wanted", [False, True])
def test_a_frozen_composite_gets_no_gradient_but_passes_one_on(wanted: bool) -> None:
    chain = Chain((2,), dtype="float64")
    chain.add(Dense(units=2))
    chain.add(Sequential(layers=[Dense(units=2)], repeat=2, trainable=False))
    chain.add(Residual(layers=[Dense(units=2, trainable=False)], trainable=False))
    assert pull(chain, wanted).keys() == {"dense_1.weight", "dense_1.bias"}


def test_layers_that_change_nothing_add_the_input_to_itself() -> None:
    chain = chain_of(Residual(layers=[Dropout()]), 2)
    x = np.array([[1.0, 2]])
    np.testing.assert_array_equal(chain.forward(x, Tape()), 2 * x)
    np.testing.assert_array_equal(x, [[1, 2]])


def test_an_activation_inside_becomes_a_link_of_its_own_once() -> None:
    """Naming expands it; building from the named spec does not expand it again."""
    dense = Dense(units=2, activation=ReLU())
    layer = chain_of(Sequential(layers=[dense, Residual(layers=[dense])]), 2).tail
    assert layer is not None
    expected = ["sequential_1", "dense_1", "relu_1", "residual_1", "dense_1", "relu_1"]
    assert [each.name for each in layer.walk()] == expected
    again = chain_of(layer.spec, 2).tail
    assert again is not None
    assert [each.name for each in again.walk()] == expected


def test_inner_chains_are_sealed() -> None:
    layer = chain_of(Sequential(layers=[Dense(units=2), Dense(units=2)]), 2).tail
    assert layer is not None
    (inner,) = layer.chains().values()
    assert inner.head is not None
    for operation in (
        lambda: inner.add(Dense(units=2)),
        lambda: inner.remove(inner.head),
        lambda: inner.replace(inner.head, Dense(units=2)),
        lambda: inner.insert_before(inner.head, Dense(units=2)),
        lambda: inner.insert_after(inner.head, Dense(units=2)),
        lambda: inner.cut(inner.head),
    ):
        with pytest.raises(SpecError, match="composite"):
            operation()
    assert [each.name for each in inner] == ["dense_1", "dense_2"]


def test_a_dry_repeat_of_blocks_counts_what_it_would_hold() -> None:
    chain = Chain((100,), mode="dry")
    chain.add(Sequential(layers=[Dense(units=100)], repeat=50))
    assert sum(array.size for array in chain.params().values()) == 50 * 100 * 101


@pytest.mark.parametrize("repeat", [10**9, 500])
def test_a_row_that_is_repeated_past_the_limit_of_layers_is_refused(repeat: int) -> None:
    """From arithmetic where the row alone is too long; inner rows are counted too."""
    row = Sequential(layers=[Dropout()], repeat=repeat)
    chain = Chain((2,), ledger=Ledger(layers_limit=1_000))
    chain.add(Dropout())
    with pytest.raises(LimitError, match="the limit is 1,000"):
        chain.add(Sequential(layers=[row], repeat=2))
    assert len(chain) == 1
    chain.add(Sequential(layers=[Dropout()], repeat=998))
    with pytest.raises(LimitError):
        chain.add(Dropout())


def test_deep_nesting_costs_little() -> None:
    """Checking first and building then must not double with every level."""
    spec: LayerSpec = Dense(units=2)
    for _ in range(12):
        spec = Sequential(layers=[spec])
    chain = chain_of(spec, 2)
    assert len(list(chain.walk())) == 13


def nested(levels: int) -> LayerSpec:
    spec: LayerSpec = Dense(units=2)
    for _ in range(levels):
        spec = Residual(layers=[spec])
    return spec


def test_what_python_nests_has_a_limit_too() -> None:
    assert len(list(chain_of(nested(32), 2).walk())) == 33
    for levels in (33, 400):
        with pytest.raises(LimitError, match="more than 32 levels deep"):
            chain_of(nested(levels), 2)
