"""What PyTorch reaches with the architecture of `specs/reverse.json`: `python tests/oracle_spec.py`.

With PyTorch's own initial values and order of samples, from three seeds; it prints the shares of
test symbols that the spec's description quotes.
"""

from __future__ import annotations

from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from netspec_attention.positional_encoding import sinusoids
from netspec_attention.reversed_sequences import ReversedSequences
from torch import nn
from torch.nn import functional

from netspec import Part

RATE, BATCH, EPOCHS = 0.003, 64, 5
LENGTH, SYMBOLS, FEATURES = 12, 10, 32


class Network(nn.Module):
    """The layers of the spec; its softmax is the loss's."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(SYMBOLS, FEATURES)
        table = sinusoids(LENGTH, FEATURES, np.dtype(np.float32))
        self.register_buffer("table", torch.from_numpy(table.copy()))
        self.rest = nn.Sequential(
            nn.TransformerEncoderLayer(FEATURES, 2, 64, 0.0, batch_first=True, norm_first=True),
            nn.LayerNorm(FEATURES),
            nn.Linear(FEATURES, SYMBOLS),
        )

    def forward(self, x: Any) -> Any:
        # PyTorch's loss wants the classes before the positions.
        return self.rest(self.embedding(x) + self.table).transpose(1, 2)


def tensors(part: Part) -> tuple[torch.Tensor, torch.Tensor]:
    """Sequences, and the same reversed."""
    return torch.from_numpy(part.inputs), torch.from_numpy(part.targets)


def main() -> None:
    """Train and print."""
    torch.set_num_threads(1)
    data = ReversedSequences().open(Path())
    assert data.test is not None
    (x, y), (x_test, y_test) = tensors(data.train), tensors(data.test)
    for seed in (1, 2, 3):
        torch.manual_seed(seed)
        model = Network()
        optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
            optimizer, EPOCHS * ceil(len(x) / BATCH)
        )
        for _ in range(EPOCHS):
            for rows in torch.randperm(len(x)).split(BATCH):
                optimizer.zero_grad()
                functional.cross_entropy(model(x[rows]), y[rows]).backward()
                optimizer.step()
                schedule.step()
        with torch.no_grad():
            output = model(x_test)
            right = (output.argmax(1) == y_test).double().mean().item()
            loss = functional.cross_entropy(output, y_test).item()
        print(f"seed {seed}: {right:.5f}, loss {loss:.5f}")  # noqa: T201


if __name__ == "__main__":
    main()
