"""An LSTM that reads MNIST row by row beside PyTorch: `python -m benchmarks lstm`.

128 units, Adam in batches of 128. PyTorch starts from the same initial weights and sees the same
batches in the same order, so that the losses can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from .plugged import Digits, compared, torch_trained, with_our_weights
from .rivals import Rival

__all__ = ["lstm"]

LAYERS: list[Any] = [
    {"type": "lstm", "units": 128},
    {"type": "dense", "units": 10, "activation": "softmax"},
]


def torch_rival(digits: Digits) -> Rival:
    """The same network in PyTorch; its softmax is the loss's."""
    import torch
    from torch import nn

    class Network(nn.Module):
        """The last state through a linear layer."""

        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.dense = nn.LSTM(28, 128, batch_first=True), nn.Linear(128, 10)
            with_our_weights(digits, [self.lstm, self.dense])

        def forward(self, x: Any) -> Any:
            states, _ = self.lstm(x)
            return self.dense(states[:, -1])

    part = digits.data.train
    inputs, targets = torch.from_numpy(part.inputs), torch.from_numpy(part.targets)
    return torch_trained(digits, Network, inputs, targets)


def lstm() -> Iterator[str]:
    """19 200 digits through an LSTM over 28 rows, 128 units, batches of 128."""
    digits = Digits.of("lstm", LAYERS, 128, 28, 28)
    peers = {"PyTorch": torch_rival(digits)} if find_spec("torch") else {}
    yield from compared(digits, peers, {"PyTorch": "0.9 ×"})
