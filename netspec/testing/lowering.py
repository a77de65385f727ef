"""Whether what a chain says of itself in ONNX's operators is what it computes."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.arrays import Array
from netspec.chain import Chain
from netspec.lowering import OPSET, Program
from netspec.tape import Tape

__all__ = ["check_lowering", "evaluated"]

# The evaluator computes these operators in float32.
_ROUGH = {"Erf"}


def check_lowering(chain: Chain, x: Array) -> None:
    """ONNX's reference evaluator, an oracle that nobody here wrote, finds what `forward` gives.

    Shape and dtype are the same, and every value to 1e-12, or to 1e-6 where the evaluator itself
    computes in float32. Give a chain in float64; needs the package `onnx`. Raises AssertionError
    where the two differ, SpecError for a layer that does not say itself.
    """
    program = Program(chain)
    with np.errstate(all="ignore"):
        ours, theirs = chain.forward(x, Tape()), evaluated(program, x)
    assert theirs.dtype == ours.dtype == program.output_dtype, f"{theirs.dtype}, not {ours.dtype}"
    assert theirs.shape == ours.shape, f"{theirs.shape}, not {ours.shape}"
    rough = _ROUGH & {node.operator for node in program.nodes}
    tolerance = 1e-6 if rough else 1e-12
    np.testing.assert_allclose(theirs, ours, rtol=tolerance, atol=tolerance)


def evaluated(program: Program, x: Array) -> Array:
    """What ONNX's reference evaluator makes of a program; needs the package `onnx`."""
    import onnx
    from onnx.reference import ReferenceEvaluator

    def value(name: str, dtype: np.dtype[Any], shape: Any) -> Any:
        kind = onnx.helper.np_dtype_to_tensor_dtype(dtype)
        return onnx.helper.make_tensor_value_info(name, kind, ["N", *shape])

    graph = onnx.helper.make_graph(
        [
            onnx.helper.make_node(node.operator, node.inputs, [node.output], **node.attributes)
            for node in program.nodes
        ],
        "program",
        [value("input", program.input_dtype, program.input_shape)],
        [value(program.output, program.output_dtype, program.output_shape)],
        [
            onnx.numpy_helper.from_array(np.ascontiguousarray(array), name)
            for name, array in program.constants.items()
        ],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", OPSET)])
    onnx.checker.check_model(model)
    (y,) = ReferenceEvaluator(model).run(None, {"input": x})
    return np.asarray(y)
