"""The layers keep every layer's promises, say what does not fit, and see what they should."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from netspec_attention import netspec_layers
from netspec_attention.multi_head_attention import MultiHeadAttention
from netspec_attention.softmax import causal_mask, softmax_in_place

from netspec import (
    Array,
    Chain,
    LayerSpec,
    LimitError,
    Registry,
    SequentialNetwork,
    SpecError,
    Tape,
    build,
    read_spec,
)
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
CAUSAL: list[dict[str, Any]] = [
    {"type": "multi_head_attention", "heads": 2},
    {"type": "transformer_block", "heads": 2},
    {"type": "transformer_block", "heads": 1, "norm": "after"},
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
    with pytest.raises(SpecError, match="nothing to look at.* at least one position"):
        Chain((0, 4)).add(spec)


@pytest.mark.parametrize("kind", ["multi_head_attention", "transformer_block"])
@pytest.mark.parametrize(
    ("heads", "features", "words"),
    [
        (4, 30, "30 features cannot be shared among 4 heads.* 30, as 3 is, .* 28 or 32 features"),
        (8, 12, "12 features cannot be shared among 8 heads.* 12, as 6 is, .* 8 or 16 features"),
        (5, 3, "3 features cannot be shared among 5 heads.* 3, as 3 is, .* with 5 features"),
    ],
)
def test_features_that_heads_cannot_share_are_named_with_the_way_out(
    kind: str, heads: int, features: int, words: str
) -> None:
    with pytest.raises(SpecError, match=words) as refused:
        SequentialNetwork((6, features)).add({"type": kind, "heads": heads})
    assert refused.value.faults[0].path[-1] == "heads"


def test_the_attention_starts_as_pytorch_s() -> None:
    """Glorot over all of q, k and v, U(±1/√features) for the output, and biases of 0."""
    params = Chain((5, 64)).add(MultiHeadAttention(heads=4)).params
    assert {key: array.shape for key, array in params.items()} == {
        "in_proj_weight": (192, 64),
        "in_proj_bias": (192,),
        "out_proj_weight": (64, 64),
        "out_proj_bias": (64,),
    }
    for key, bound in (("in_proj_weight", np.sqrt(6 / (64 + 192))), ("out_proj_weight", 1 / 8)):
        assert 0.99 * bound < np.abs(params[key]).max() <= bound
    assert not params["in_proj_bias"].any()
    assert not params["out_proj_bias"].any()


@pytest.mark.parametrize("document", CAUSAL, ids=str)
def test_causal_a_position_knows_nothing_of_later_ones(document: dict[str, Any]) -> None:
    for causal, seen in ((True, [False] * 4 + [True] * 2), (False, [True] * 6)):
        network = SequentialNetwork((6, 4), dtype="float64")
        layer = network.add({**document, "causal": causal})
        x = np.random.default_rng(0).normal(size=(4, 6, 4))
        other = x.copy()
        other[:, 4] += np.arange(4)
        changed = (layer.forward(x, Tape()) != layer.forward(other, Tape())).any(axis=(0, 2))
        assert changed.tolist() == seen


@pytest.mark.parametrize("document", CAUSAL, ids=str)
def test_without_a_mask_attention_does_not_know_the_order(document: dict[str, Any]) -> None:
    """Reordered positions give the same outputs, reordered: order must be encoded."""
    network = SequentialNetwork((6, 4), dtype="float64")
    layer = network.add(document)
    x = np.random.default_rng(0).normal(size=(4, 6, 4))
    order = [3, 0, 5, 1, 4, 2]
    y, other = layer.forward(x, Tape()), layer.forward(x[:, order], Tape())
    np.testing.assert_allclose(other, y[:, order], rtol=1e-12, atol=1e-12)


def test_causal_filling_behind_changes_nothing_before_it() -> None:
    x = np.random.default_rng(0).normal(size=(3, 7, 4))
    found = []
    for length in (5, 7):
        network = SequentialNetwork((length, 4), dtype="float64", seed=4)
        network.add("positional_encoding")
        network.add({"type": "transformer_block", "heads": 2, "causal": True})
        found.append(network.predict(x[:, :length])[:, :5])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12, atol=1e-12)


def test_more_samples_than_one_block_holds_are_as_one_by_one() -> None:
    network = SequentialNetwork((70, 4), dtype="float64")
    layer = network.add({"type": "multi_head_attention", "heads": 2, "causal": True})
    x = np.random.default_rng(0).normal(size=(15, 70, 4))
    alone = np.concatenate([layer.forward(each[None], Tape()) for each in x])
    np.testing.assert_allclose(layer.forward(x, Tape()), alone, rtol=1e-12, atol=1e-12)


def test_scores_count_against_the_limit_of_values() -> None:
    """A long sequence is refused before its scores, length by length, ask for memory."""
    network = {"netspec": 1, "input_shape": [100_000, 1]}
    spec = read_spec({**network, "layers": [{"type": "multi_head_attention", "heads": 1}]})
    with pytest.raises(LimitError, match=r"\(1, 100000, 100000\) .* smaller shape"):
        build(spec)


def test_a_penalty_is_on_both_weights() -> None:
    network = SequentialNetwork((3, 4))
    layer = network.add(
        {"type": "multi_head_attention", "heads": 1, "weight_regularizer": {"type": "l2"}}
    )
    assert layer.penalties.keys() == {"in_proj_weight", "out_proj_weight"}


def test_the_fixed_table_is_the_paper_s() -> None:
    network = SequentialNetwork((9, 5), dtype="float64")
    table = network.add("positional_encoding").forward(np.zeros((1, 9, 5)), Tape())[0]
    for p in range(9):
        for column in range(5):
            angle = p / 10000 ** ((column - column % 2) / 5)
            expected = np.cos(angle) if column % 2 else np.sin(angle)
            assert table[p, column] == pytest.approx(expected, abs=1e-14)


def test_a_learned_table_is_a_parameter_and_a_fixed_one_is_none() -> None:
    learned = Chain((7, 4)).add(
        next(spec for spec in examples(CLASSES[1]) if getattr(spec, "learned", False))
    )
    assert learned.params["weight"].shape == (7, 4)
    assert not SequentialNetwork((7, 4)).add("positional_encoding").params


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(
    size=st.sampled_from([1e-3, 1.0, 30.0, 63.0, 65.0, 1e3, 1e30]),
    seed=st.integers(0, 2**32 - 1),
    causal=st.booleans(),
)
def test_shares_are_right_for_scores_of_any_size(
    dtype: Any, size: float, seed: int, causal: bool
) -> None:
    """The textbook's softmax, in float64 and with the largest taken off, is the reference."""
    rng = np.random.default_rng(seed)
    scores = rng.uniform(-size, size, (2, 3, 6, 6)).astype(dtype)
    mask = causal_mask(6, np.dtype(dtype)) if causal else None
    wide = scores.astype(np.float64) + (0 if mask is None else mask)
    powers = np.exp(wide - wide.max(axis=-1, keepdims=True))
    expected = powers / powers.sum(axis=-1, keepdims=True)
    softmax_in_place(scores, mask)
    close(scores, expected, 1e-5 if dtype == np.float32 else 1e-12)
    if causal:
        assert not np.triu(scores, 1).any()


def close(a: Array, b: Array, tolerance: float) -> None:
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def test_scores_too_large_for_exp_still_give_one_share_and_gradients() -> None:
    """Without the largest taken off, exp would overflow; a later, masked score must not matter."""
    network = SequentialNetwork((3, 2), dtype="float32")
    layer = network.add(MultiHeadAttention(heads=1, causal=True))
    for array in layer.params.values():
        array[...] = np.resize(np.eye(2), array.shape)
    x = np.array([[[1.0, 0.0], [0.0, 30.0], [500.0, 500.0]]], np.float32)
    tape = Tape(training=True, keeps=True, wants_input_gradient=True)
    y = layer.forward(x, tape)
    delta, gradients = layer.backward(np.ones_like(y), tape)
    for each in (y, delta, *(np.asarray(g) for g in gradients.values())):
        assert np.isfinite(each).all()


def test_dropout_drops_shares_in_training_alone_and_keeps_their_mean() -> None:
    network = SequentialNetwork((2, 1), dtype="float64")
    layer = network.add(MultiHeadAttention(heads=1, dropout=0.5, use_bias=False))
    for array in layer.params.values():
        array[...] = 1
    x = np.ones((4000, 2, 1))
    assert (layer.forward(x, Tape()) == 1).all()
    y = layer.forward(x, Tape(training=True))
    assert set(np.unique(y)) == {0.0, 1.0, 2.0}
    assert y.mean() == pytest.approx(1, abs=0.05)
