"""What PyTorch computes for the layers, in float64: `python tests/oracle.py` writes `oracle.json`.

What goes in follows a formula, so that the file holds only what comes out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import torch
from torch import nn

from netspec.testing import Answer, filled, write_answers

FILE = Path(__file__).with_suffix(".json")

Document = dict[str, Any]
Case = tuple[Document, tuple[int, ...]]

MODULES = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


def written() -> list[Case]:
    """What the file holds: each option once."""
    cases: list[Case] = []
    for kind in MODULES:
        cases += [
            ({"type": kind, "units": 3}, (2, 4, 2)),
            ({"type": kind, "units": 2, "return_sequence": True}, (3, 5, 3)),
            ({"type": kind, "units": 2, "use_bias": False}, (1, 3, 2)),
            ({"type": kind, "units": 2, "return_sequence": True, "truncate": 2}, (2, 5, 1)),
            (_both({"type": kind, "units": 2}), (2, 4, 3)),
            (_both({"type": kind, "units": 2, "return_sequence": True}), (3, 4, 2)),
        ]
    rnn = {"type": "rnn", "units": 3, "nonlinearity": "relu"}
    return [*cases, ({**rnn, "return_sequence": True}, (3, 5, 2))]


def grid() -> Iterator[Case]:
    """Many more, where PyTorch is there to answer."""
    for kind, units, sequence, bias, truncate, steps, features, batch in product(
        MODULES, (1, 4), (False, True), (False, True), (None, 1, 3), (1, 7), (1, 3), (1, 5)
    ):
        options = {"units": units, "return_sequence": sequence, "use_bias": bias}
        yield {"type": kind, **options, "truncate": truncate}, (batch, steps, features)
        if truncate is None:
            yield _both({"type": kind, **options}), (batch, steps, features)


def _both(document: Document) -> Document:
    return {"type": "bidirectional", "layers": [document]}


def answer(document: Document, shape: tuple[int, ...]) -> Answer:
    """One pass forward, and backward from δ: what comes out, as arrays."""
    x = torch.tensor(filled(*shape), requires_grad=True)
    both = document["type"] == "bidirectional"
    one = document["layers"][0] if both else document
    options = {"nonlinearity": one["nonlinearity"]} if "nonlinearity" in one else {}
    module = MODULES[one["type"]](
        shape[-1],
        one["units"],
        bias=one.get("use_bias", True),
        batch_first=True,
        bidirectional=both,
        dtype=torch.float64,
        **options,
    )
    with torch.no_grad():
        for each in module.parameters():
            each.copy_(torch.tensor(filled(*each.shape, seed=3.0)))
    states, last = _stretches(module, x, one.get("truncate") or shape[1])
    y = states if one.get("return_sequence") else torch.cat(list(last), dim=-1)
    y.backward(torch.tensor(filled(*y.shape, seed=2.0)))
    gradients = {
        f"∂{_named(key, both, one['type'])}": each.grad for key, each in module.named_parameters()
    }
    found = {"y": y, "∂x": x.grad, **gradients}
    arrays = {key: each.detach().numpy() for key, each in found.items()}
    return Answer(document, shape, arrays)


def _stretches(module: nn.Module, x: torch.Tensor, steps: int) -> tuple[Any, Any]:
    """Every state, and the last ones; between stretches of so many steps no gradient passes."""
    state, states = None, []
    for stretch in x.split(steps, dim=1):
        y, state = module(stretch, state)
        states.append(y)
        parts = state if isinstance(state, tuple) else (state,)
        last, *_ = parts
        ended = tuple(each.detach() for each in parts)
        state = ended if isinstance(state, tuple) else ended[0]
    return torch.cat(states, dim=1), last


def _named(key: str, both: bool, kind: str) -> str:
    """PyTorch's `weight_ih_l0_reverse` in our words."""
    name = key.replace("_l0", "")
    if not both:
        return name
    direction = "backward" if name.endswith("_reverse") else "forward"
    return f"{direction}.{kind}_1.{name.removesuffix('_reverse')}"


if __name__ == "__main__":
    write_answers(FILE, (answer(*case) for case in written()))
