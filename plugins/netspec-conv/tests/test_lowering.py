"""The layers say themselves in ONNX's operators, and ONNX's own evaluator finds the same numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from netspec import SequentialNetwork
from netspec.testing import Answer, check_lowering, filled, read_answers

pytest.importorskip("onnx")

ANSWERS = read_answers(Path(__file__).parent / "oracle.json")


def can_be_evaluated(answer: Answer) -> bool:
    """ONNX's evaluator takes no empty batch, and transposes no grouped or enlarged convolution."""
    layer = answer.layer
    enlarged = layer.get("output_padding", 0) and not layer.get("padding", 0)
    grouped = layer["type"] == "conv2d_transpose" and "groups" in layer
    return bool(answer.shape[0]) and not enlarged and not grouped


@pytest.mark.parametrize("answer", list(filter(can_be_evaluated, ANSWERS)), ids=str)
def test_a_layer_gives_what_onnx_s_evaluator_gives(answer: Answer) -> None:
    network = SequentialNetwork(answer.shape[1:], dtype="float64", seed=2)
    network.add(answer.layer)
    check_lowering(network, filled(*answer.shape))
