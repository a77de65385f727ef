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

ATTENTION = "multi_head_attention"
BLOCK = "transformer_block"


def written() -> list[Case]:
    """What the file holds: each option once."""
    block = {"type": BLOCK, "dropout": 0.0}
    return [
        ({"type": ATTENTION, "heads": 1}, (2, 4, 3)),
        ({"type": ATTENTION, "heads": 2, "causal": True}, (3, 5, 4)),
        ({"type": ATTENTION, "heads": 3, "use_bias": False}, (1, 3, 3)),
        ({"type": ATTENTION, "heads": 3, "causal": True}, (2, 1, 6)),
        ({**block, "heads": 1, "hidden_units": 5}, (2, 3, 3)),
        ({**block, "heads": 2, "hidden_units": 3, "norm": "after"}, (3, 4, 4)),
        ({**block, "heads": 2, "causal": True, "hidden_activation": "gelu"}, (2, 5, 2)),
    ]


def grid() -> Iterator[Case]:
    """Many more, where PyTorch is there to answer."""
    for heads, each, causal, length, batch in product(
        (1, 2, 3), (1, 5), (False, True), (1, 7), (0, 1, 5)
    ):
        shape = (batch, length, heads * each)
        options = {"heads": heads, "causal": causal}
        for bias in (False, True):
            yield {"type": ATTENTION, **options, "use_bias": bias}, shape
        for norm, activation in product(("before", "after"), ("relu", "gelu")):
            parts = {
                "norm": norm,
                "hidden_activation": activation,
                "hidden_units": 3,
                "dropout": 0.0,
            }
            yield {"type": BLOCK, **options, **parts}, shape
    # More samples than the scores of one block hold.
    yield {"type": ATTENTION, "heads": 2, "causal": True}, (9, 70, 2)


def answer(document: Document, shape: tuple[int, ...]) -> Answer:
    """One pass forward, and backward from δ: what comes out, as arrays."""
    x = torch.tensor(filled(*shape), requires_grad=True)
    hidden = None
    if document.get("causal"):
        hidden = torch.ones(shape[1], shape[1], dtype=torch.bool).triu(1)
    if document["type"] == ATTENTION:
        module = _attention(document, shape[-1])
        fill(module)
        y, _ = module(x, x, x, need_weights=False, attn_mask=hidden)
    else:
        module = _block(document, shape[-1])
        fill(module)
        y = module(x, src_mask=hidden)
    y.backward(torch.tensor(filled(*y.shape, seed=2.0)))
    own = "after" if document.get("norm") == "after" else "before"
    gradients = {f"∂{_named(key, own)}": each.grad for key, each in module.named_parameters()}
    found = {"y": y, "∂x": x.grad, **gradients}
    arrays = {key: each.detach().numpy() for key, each in found.items()}
    return Answer(document, shape, arrays)


def fill(module: nn.Module) -> None:
    """Give every parameter its numbers."""
    with torch.no_grad():
        for each in module.parameters():
            each.copy_(torch.tensor(filled(*each.shape, seed=3.0)))


def _attention(document: Document, features: int) -> nn.Module:
    return nn.MultiheadAttention(
        features,
        document["heads"],
        bias=document.get("use_bias", True),
        batch_first=True,
        dtype=torch.float64,
    )


def _block(document: Document, features: int) -> nn.Module:
    return nn.TransformerEncoderLayer(
        features,
        document["heads"],
        document.get("hidden_units", 4 * features),
        document["dropout"],
        document.get("hidden_activation", "relu"),
        batch_first=True,
        norm_first=document.get("norm", "before") == "before",
        dtype=torch.float64,
    )


def _named(key: str, norm: str) -> str:
    """PyTorch's `self_attn.out_proj.weight` in our words."""
    inside = "attention.", "feed_forward."
    first, second = (f"{at}layer_norm_1" for at in inside)
    if norm == "after":
        first, second = "layer_norm_1", "layer_norm_2"
    words = {
        "self_attn.": "attention.multi_head_attention_1.",
        "out_proj.": "out_proj_",
        "linear1": "feed_forward.dense_1",
        "linear2": "feed_forward.dense_2",
        "norm1": first,
        "norm2": second,
    }
    for theirs, ours in words.items():
        key = key.replace(theirs, ours)
    return key


if __name__ == "__main__":
    write_answers(FILE, (answer(*case) for case in written()))
