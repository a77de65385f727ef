"""What PyTorch computes for the layer, in float64: `python tests/oracle.py` writes `oracle.json`.

What goes in follows a formula, so that the file holds only what comes out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

FILE = Path(__file__).with_suffix(".json")

Document = dict[str, Any]
Case = tuple[Document, tuple[int, ...]]


def numbers(*shape: int, seed: float = 1.0) -> Any:
    """Numbers between −1 and 1."""
    at = np.arange(np.prod(shape, dtype=int))
    return np.sin(seed + 1.7 * at + 0.0131 * at**2).reshape(shape)


def written() -> list[Case]:
    """What the file holds."""
    return [
        ({"type": "cross"}, (3, 4)),
        ({"type": "cross", "depth": 1}, (1, 1)),
        ({"type": "cross", "depth": 3}, (2, 3, 2)),
    ]


def grid() -> Iterator[Case]:
    """Many more, where PyTorch is there to answer."""
    for depth, features, batch, positions in product((1, 2, 4), (1, 3, 8), (0, 1, 5), ((), (2,))):
        yield {"type": "cross", "depth": depth}, (batch, *positions, features)


def answer(document: Document, shape: tuple[int, ...]) -> dict[str, Any]:
    """One pass forward, and backward from δ: what comes out, as arrays."""
    x = torch.tensor(numbers(*shape), requires_grad=True)
    linears = [
        nn.Linear(shape[-1], shape[-1], dtype=torch.float64)
        for _ in range(document.get("depth", 2))
    ]
    y = x
    for linear in linears:
        with torch.no_grad():
            for each in linear.parameters():
                each.copy_(torch.tensor(numbers(*each.shape, seed=3.0)))
        y = torch.addcmul(y, x, linear(y))
    y.backward(torch.tensor(numbers(*y.shape, seed=2.0)))
    found = {"y": y, "∂x": x.grad}
    for n, linear in enumerate(linears, 1):
        found |= {f"∂weight_{n}": linear.weight.grad, f"∂bias_{n}": linear.bias.grad}
    return {key: each.detach().numpy() for key, each in found.items()}


def main() -> None:
    """Write the file."""
    cases = [
        {
            "layer": document,
            "shape": shape,
            **{key: each.tolist() for key, each in answer(document, shape).items()},
        }
        for document, shape in written()
    ]
    text = "[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n]\n"
    FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
