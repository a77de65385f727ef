"""Batch normalisation at the edges; its values are compared in test_oracle.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec import Chain, He, SpecError, Tape
from netspec.builtins.layers.batch_norm import BatchNorm
from netspec.builtins.layers.residual import Residual
from netspec.builtins.layers.sequential import Sequential


def chain_of(*shape: int, dtype: str = "float64", **fields: Any) -> Chain:
    chain = Chain(shape, dtype=dtype)
    chain.add(BatchNorm(**fields))
    return chain


def test_the_outputs_of_a_batch_have_mean_0_and_variance_1() -> None:
    chain = chain_of(4, 3)
    y = chain.forward(np.random.default_rng(1).normal(5, 3, (64, 4, 3)), Tape(training=True))
    np.testing.assert_allclose(y.mean(axis=(0, 1)), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=(0, 1)), 1, rtol=1e-4)


def test_a_batch_of_one_never_leaves_a_nan() -> None:
    """The loop refuses it where `least_batch` says so; the layer itself stays finite."""
    chain = chain_of(3)
    tape = Tape(training=True)
    assert (chain.forward(np.full((1, 3), 7.0), tape) == 0).all()
    tape.commit()
    assert all(np.isfinite(array).all() for array in chain.state().values())


def test_an_empty_batch_changes_no_state() -> None:
    tape = Tape(training=True)
    assert chain_of(3).forward(np.empty((0, 3)), tape).shape == (0, 3)
    assert not tape.changes()


def test_it_needs_two_samples_where_a_sample_has_one_value_a_feature() -> None:
    assert chain_of(3).tail.least_batch == 2
    assert chain_of(1, 3).tail.least_batch == 2
    assert chain_of(2, 3).tail.least_batch == 1


def test_a_composite_needs_what_its_layers_need() -> None:
    chain = Chain((3,))
    chain.add(Residual(layers=[Sequential(layers=[BatchNorm()])]))
    assert chain.tail.least_batch == 2


def test_a_feature_s_parameters_are_drawn_alike_however_many_features_there_are() -> None:
    """Each stands alone, as in the other norms: one input, one output."""
    chain = chain_of(10_000, weight_init=He(), bias_init=He())
    for values in chain.tail.params.values():
        assert values.var() == pytest.approx(2, rel=0.05)


def test_with_momentum_1_the_last_batch_is_what_runs() -> None:
    chain = chain_of(3, momentum=1.0)
    x = np.random.default_rng(2).normal(size=(9, 3))
    tape = Tape(training=True)
    chain.forward(x, tape)
    tape.commit()
    np.testing.assert_allclose(chain.tail.state["running_mean"], x.mean(axis=0))
    np.testing.assert_allclose(chain.tail.state["running_var"], x.var(axis=0, ddof=1))


def test_a_large_mean_costs_float32_no_variance() -> None:
    chain = chain_of(2, dtype="float32", momentum=1.0)
    x = np.random.default_rng(3).normal(1000, 1, (4096, 2)).astype(np.float32)
    tape = Tape(training=True)
    y = chain.forward(x, tape)
    tape.commit()
    exact = x.astype(np.float64)
    np.testing.assert_allclose(
        chain.tail.state["running_var"], exact.var(axis=0, ddof=1), rtol=1e-6
    )
    np.testing.assert_allclose(y, (exact - exact.mean(axis=0)) / exact.std(axis=0), atol=2e-4)


def test_it_needs_an_axis_of_features() -> None:
    with pytest.raises(SpecError, match="input_shape"):
        chain_of()
