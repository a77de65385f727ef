"""The layers say themselves in ONNX's operators, and ONNX's own evaluator finds the same numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netspec import SequentialNetwork
from netspec.testing import check_lowering, filled, read_answers

pytest.importorskip("onnx")

ANSWERS = read_answers(Path(__file__).parent / "oracle.json")
CASES: list[tuple[Any, tuple[int, ...]]] = [
    *((answer.layer, answer.shape) for answer in ANSWERS),
    ({"type": "positional_encoding"}, (2, 5, 3)),
    ({"type": "positional_encoding", "learned": True}, (3, 2, 4)),
    ({"type": "multi_head_attention", "heads": 2, "dropout": 0.5}, (2, 3, 4)),
]


@pytest.mark.parametrize(("document", "shape"), CASES, ids=str)
def test_a_layer_gives_what_onnx_s_evaluator_gives(document: Any, shape: tuple[int, ...]) -> None:
    network = SequentialNetwork(shape[1:], dtype="float64")
    network.add(document)
    for array in network.params().values():
        array[...] = filled(*array.shape, seed=3.0)
    check_lowering(network, filled(*shape))
