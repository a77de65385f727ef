"""The layers say themselves in ONNX's operators, and ONNX's own evaluator finds the same numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netspec import Array, Program, SequentialNetwork, Tape
from netspec.lowering import OPSET

onnx = pytest.importorskip("onnx")
reference = pytest.importorskip("onnx.reference")

ORACLE = Path(__file__).parent / "oracle.json"
CASES: list[tuple[dict[str, Any], tuple[int, ...]]] = [
    *((case["layer"], tuple(case["shape"])) for case in json.loads(ORACLE.read_text("utf-8"))),
    ({"type": "positional_encoding"}, (2, 5, 3)),
    ({"type": "positional_encoding", "learned": True}, (3, 2, 4)),
    ({"type": "multi_head_attention", "heads": 2, "dropout": 0.5}, (2, 3, 4)),
]


def evaluated(program: Program, x: Array) -> Array:
    """What ONNX's reference evaluator makes of a program."""

    def value(name: str, shape: Any) -> Any:
        return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.DOUBLE, ["N", *shape])

    graph = onnx.helper.make_graph(
        [
            onnx.helper.make_node(node.operator, node.inputs, [node.output], **node.attributes)
            for node in program.nodes
        ],
        "program",
        [value("input", program.input_shape)],
        [value(program.output, program.output_shape)],
        [
            onnx.numpy_helper.from_array(np.ascontiguousarray(array), name)
            for name, array in program.constants.items()
        ],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", OPSET)])
    onnx.checker.check_model(model)
    (y,) = reference.ReferenceEvaluator(model).run(None, {"input": x})
    found: Array = y
    return found


@pytest.mark.parametrize(("document", "shape"), CASES, ids=str)
def test_a_layer_gives_what_onnx_s_evaluator_gives(
    document: dict[str, Any], shape: tuple[int, ...]
) -> None:
    chain = SequentialNetwork(shape[1:], dtype="float64", seed=2)
    chain.add(document)
    rng = np.random.default_rng(0)
    for array in chain.params().values():
        array[...] = rng.normal(size=array.shape)
    x = rng.normal(size=shape)
    found = evaluated(Program(chain), x)
    # The evaluator's Erf, which is in gelu, answers in float32.
    tolerance = 1e-6 if document.get("hidden_activation") == "gelu" else 1e-12
    np.testing.assert_allclose(found, chain.forward(x, Tape()), rtol=tolerance, atol=tolerance)
