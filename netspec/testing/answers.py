"""Another library's answers: what it computes for a layer, which a script writes into a file.

The script asks the other library, and the tests read the file, so that they do not need it. What goes
in follows a formula, and the file holds only what comes out: the input is `filled(*shape)`, every
parameter `filled(*its_shape, seed=3)`, and ∂L/∂output `filled(*y.shape, seed=2)`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from netspec.arrays import Array, Shape
from netspec.layer import Layer
from netspec.network import SequentialNetwork
from netspec.tape import Tape

__all__ = ["Answer", "check_answer", "filled", "read_answers", "write_answers"]


class Answer(NamedTuple):
    """What comes out for a layer's document and the shape of a batch.

    `arrays` holds the output as `y`, the gradient of the input as `∂x`, and that of each parameter
    as `∂` and its name.
    """

    layer: Mapping[str, Any]
    shape: Shape
    arrays: Mapping[str, Array]

    def __str__(self) -> str:
        return f"{json.dumps(self.layer)} {self.shape}"


def filled(*shape: int, seed: float = 1.0) -> Array:
    """Numbers between −1 and 1, no two alike: sin(seed + 1.7 n + 0.0131 n²), n from 0, in float64."""
    n = np.arange(np.prod(shape, dtype=int))
    return np.array(np.sin(seed + 1.7 * n + 0.0131 * n**2)).reshape(shape)


def check_answer(answer: Answer, tolerance: float = 1e-9) -> None:
    """The layer gives this answer in float64, however its input lies in memory.

    Each value is compared relative to itself, or, where terms cancel, to the largest of its array.
    Raises AssertionError where one is another.
    """
    layer = SequentialNetwork(answer.shape[1:], dtype="float64").add(answer.layer)
    for array in layer.params.values():
        array[...] = filled(*array.shape, seed=3.0)
    for x in _lying(filled(*answer.shape)):
        ours = _asked(layer, x)
        assert ours.keys() == answer.arrays.keys(), f"{[*ours]}, not {[*answer.arrays]}"
        for name, mine in ours.items():
            theirs = np.asarray(answer.arrays[name], np.float64).reshape(mine.shape)
            floor = 1e-3 * tolerance * np.abs(theirs).max(initial=1.0)
            np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=floor, err_msg=name)


def _lying(x: Array) -> Iterable[Array]:
    """The same numbers: in a row, transposed, reversed, and with gaps between them."""
    gaps = np.zeros((*x.shape[:-1], 2 * x.shape[-1]))
    gaps[..., ::2] = x
    return x, np.asfortranarray(x), x[::-1].copy()[::-1], gaps[..., ::2]


def _asked(layer: Layer, x: Array) -> dict[str, Array]:
    tape = Tape(training=True, keeps=True, wants_input_gradient=True)
    y = layer.forward(x, tape)
    dx, gradients = layer.backward(filled(*y.shape, seed=2.0), tape)
    assert dx is not None, "there is no gradient of the input"
    return {"y": y, "∂x": dx, **{f"∂{key}": np.asarray(each) for key, each in gradients.items()}}


def write_answers(file: Path, answers: Iterable[Answer]) -> None:
    """Write the answers as JSON, one a line."""
    lines = [
        json.dumps(
            {
                "layer": answer.layer,
                "shape": answer.shape,
                **{name: np.asarray(array).tolist() for name, array in answer.arrays.items()},
            },
            ensure_ascii=False,
        )
        for answer in answers
    ]
    file.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def read_answers(file: Path) -> list[Answer]:
    """The answers that `write_answers` wrote."""
    return [
        Answer(
            case.pop("layer"),
            tuple(case.pop("shape")),
            {name: np.array(values, np.float64) for name, values in case.items()},
        )
        for case in json.loads(file.read_text(encoding="utf-8"))
    ]
