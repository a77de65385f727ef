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
# ONNX's evaluator knows no relu inside a recurrent operator.
CASES = [
    case
    for case in json.loads(ORACLE.read_text(encoding="utf-8"))
    if "nonlinearity" not in case["layer"]
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


@pytest.mark.parametrize("case", CASES, ids=lambda case: json.dumps(case["layer"]))
def test_a_layer_gives_what_onnx_s_evaluator_gives(case: dict[str, Any]) -> None:
    chain = SequentialNetwork(tuple(case["shape"][1:]), dtype="float64", seed=2)
    chain.add(case["layer"])
    x = np.random.default_rng(0).normal(size=case["shape"])
    found = evaluated(Program(chain), x)
    np.testing.assert_allclose(found, chain.forward(x, Tape()), rtol=1e-12, atol=1e-12)
