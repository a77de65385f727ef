"""Embedding, layer norm and four-headed attention beside PyTorch: `python -m benchmarks attention`.

Sequences of 32 symbols to be reversed, 64 features, Adam in batches of 64. PyTorch starts from the
same initial weights and sees the same batches in the same order, so that the losses can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from netspec import Data, Dataset, Registry

from .plugged import Digits, compared, torch_trained, with_our_weights
from .rivals import Rival

__all__ = ["attention"]

LENGTH, SYMBOLS, FEATURES, HEADS, BATCH, STEPS = 32, 16, 64, 4, 64, 200

LAYERS: list[Any] = [
    {"type": "embedding", "vocabulary": SYMBOLS, "dimension": FEATURES},
    "positional_encoding",
    {
        "type": "residual",
        "layers": ["layer_norm", {"type": "multi_head_attention", "heads": HEADS}],
    },
    {"type": "dense", "units": SYMBOLS, "activation": "softmax"},
]


class Sequences(Digits):
    """Symbols instead of digits."""

    def spec(self, epochs: int) -> dict[str, Any]:
        return {**super().spec(epochs), "input_dtype": "int64"} | {
            "training": {**super().spec(epochs)["training"], "metrics": ["token_accuracy"]}
        }


def sequences() -> Sequences:
    """The network, and what it learns."""
    kind = Registry.installed().find(Dataset, "reversed_sequences")  # type: ignore[type-abstract]
    dataset = kind(length=LENGTH, symbols=SYMBOLS, train=BATCH * STEPS)
    return Sequences("attention", LAYERS, BATCH, Data(dataset.open(Path()).train))


def torch_rival(sequences: Sequences) -> Rival:
    """The same network in PyTorch; its softmax is the loss's."""
    import torch
    from netspec_attention.positional_encoding import sinusoids
    from torch import nn

    class Network(nn.Module):
        """What is embedded and placed, with what attention adds, through a linear layer."""

        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(SYMBOLS, FEATURES)
            self.norm = nn.LayerNorm(FEATURES)
            self.attention = nn.MultiheadAttention(FEATURES, HEADS, batch_first=True)
            self.dense = nn.Linear(FEATURES, SYMBOLS)
            table = sinusoids(LENGTH, FEATURES, np.dtype(np.float32))
            self.register_buffer("table", torch.from_numpy(table.copy()))
            block = nn.ModuleList([self.norm, self.attention])
            with_our_weights(sequences, [self.embedding, block, self.dense])

        def forward(self, x: Any) -> Any:
            x = self.embedding(x) + self.table
            normal = self.norm(x)
            found, _ = self.attention(normal, normal, normal, need_weights=False)
            # PyTorch's loss wants the classes before the positions.
            return self.dense(x + found).transpose(1, 2)

    part = sequences.data.train
    inputs, targets = torch.from_numpy(part.inputs), torch.from_numpy(part.targets)
    return torch_trained(sequences, Network, inputs, targets)


def attention() -> Iterator[str]:
    """200 steps: 64 sequences of 32 symbols, 64 features, 4 heads."""
    problem = sequences()
    peers = {"PyTorch": torch_rival(problem)} if find_spec("torch") else {}
    yield from compared(problem, peers, {"PyTorch": "0.8 ×"})
