"""What PyTorch reaches with the architectures of this plugin's specs.

`python tests/oracle_spec.py [characters] [lstm]`: with PyTorch's own initial values and order of
samples, from three seeds, it prints the figures that the specs' descriptions quote.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import ceil
from pathlib import Path

import numpy as np
import torch
from netspec_recurrent.text import Text
from torch import nn
from torch.nn import functional

from netspec import Dataset, Part, Registry

SPECS = Path(__file__).parents[3] / "specs"
UNITS = 128


class Reader(nn.Module):
    """An LSTM and a linear layer of every state, or of the last; the softmax is the loss's."""

    def __init__(self, features: int, classes: int, *, sequence: bool) -> None:
        super().__init__()
        self.sequence = sequence
        self.lstm = nn.LSTM(features, UNITS, batch_first=True)
        self.dense = nn.Linear(UNITS, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        states, _ = self.lstm(x)
        output: torch.Tensor = self.dense(states if self.sequence else states[:, -1])
        # PyTorch's loss wants the classes before the positions.
        return output.transpose(1, 2) if self.sequence else output


def trained(
    model: nn.Module, x: torch.Tensor, y: torch.Tensor, *, rate: float, batch: int, epochs: int
) -> nn.Module:
    """The model after so many epochs of Adam, whose rate falls along a cosine."""
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * ceil(len(x) / batch))
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(batch):
            optimizer.zero_grad()
            functional.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
            schedule.step()
    return model


def characters() -> Callable[[], str]:
    """The loss on the paragraph that it learned by heart."""
    data = Text(path="data/paragraph.txt", length=64).open(SPECS)
    classes = len(data.classes)
    x = functional.one_hot(torch.from_numpy(data.train.inputs.copy()), classes).float()
    y = torch.from_numpy(data.train.targets.copy())

    def figure() -> str:
        model = Reader(classes, classes, sequence=True)
        trained(model, x, y, rate=0.01, batch=32, epochs=30)
        with torch.no_grad():
            return f"loss {functional.cross_entropy(model(x), y).item():.4f}"

    return figure


def lstm() -> Callable[[], str]:
    """The share of test digits that are right."""
    kind = Registry.installed().find(Dataset, "mnist")  # type: ignore[type-abstract]
    data = kind().open(Path())
    assert data.test is not None
    (x, y), (x_test, y_test) = _digits(data.train), _digits(data.test)

    def figure() -> str:
        model = Reader(28, 10, sequence=False)
        trained(model, x, y, rate=0.003, batch=128, epochs=5)
        with torch.no_grad():
            return f"{(model(x_test).argmax(1) == y_test).double().mean().item():.4f}"

    return figure


def _digits(part: Part) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures as 28 rows of 28 pixels, and labels."""
    pictures = torch.from_numpy(np.asarray(part.inputs[:], np.float32))
    return pictures.reshape(-1, 28, 28), torch.from_numpy(np.asarray(part.targets[:], np.int64))


def main(names: list[str]) -> None:
    """Train and print."""
    torch.set_num_threads(1)
    measured = {"characters": characters, "lstm": lstm}
    for name in names or list(measured):
        figure = measured[name]()
        for seed in (1, 2, 3):
            torch.manual_seed(seed)
            print(f"{name}, seed {seed}: {figure()}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
