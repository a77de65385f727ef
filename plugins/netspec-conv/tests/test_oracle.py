"""Every layer computes what PyTorch computes, forward and backward, in float64."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

from netspec.testing import Answer, check_answer, read_answers

SCRIPT = Path(__file__).parent / "oracle.py"
ANSWERS = read_answers(SCRIPT.with_suffix(".json"))


@pytest.mark.parametrize("answer", ANSWERS, ids=str)
def test_a_layer_and_its_gradients_are_pytorch_s(answer: Answer) -> None:
    check_answer(answer)


def test_a_grid_of_parameters_is_pytorch_s() -> None:
    """Where PyTorch is installed; and the file still holds what it says."""
    pytest.importorskip("torch")
    oracle = runpy.run_path(str(SCRIPT))
    for case in oracle["grid"]():
        check_answer(oracle["answer"](*case))
    for case, held in zip(oracle["written"](), ANSWERS, strict=True):
        said = oracle["answer"](*case)
        assert (said.layer, said.shape) == (held.layer, held.shape)
        for name, array in said.arrays.items():
            same = held.arrays[name].reshape(array.shape)
            np.testing.assert_allclose(same, array, rtol=1e-9, atol=1e-12)
