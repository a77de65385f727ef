"""What a proof counts as a fault of the component, and what not."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pytest

from netspec.builtins.activations.relu import ReLU
from netspec.testing.findings import BrokenPromises, prove


@pytest.fixture(autouse=True)
def _warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_the_flag_that_a_product_in_blas_raises_is_no_fault() -> None:
    infinite, nothing = np.full((3, 3), np.inf, np.float32), np.zeros((3, 3), np.float32)

    def dot_and_matmul(subject: ReLU) -> Iterator[str]:
        infinite.dot(nothing)
        yield from [] if np.isnan(infinite @ nothing).all() else ["the product"]

    # Its `dot` says so from numpy 2.3 on.
    with pytest.raises(RuntimeWarning, match="invalid value encountered in matmul"):
        infinite @ nothing
    assert prove(ReLU(), [dot_and_matmul])[-1] == "dot and matmul"


def test_every_other_warning_of_numpy_is_a_fault() -> None:
    def logarithm(subject: ReLU) -> Iterator[str]:
        np.log(np.full(3, -1.0))
        yield from []

    with pytest.raises(BrokenPromises, match="logarithm: it raises RuntimeWarning: invalid value"):
        prove(ReLU(), [logarithm])
