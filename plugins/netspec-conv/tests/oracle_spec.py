"""What PyTorch reaches with the architecture of `specs/cnn.json`: `python tests/oracle_spec.py`.

With PyTorch's own initial values and order of samples, from three seeds; it prints the shares of
test digits that the spec's description quotes.
"""

from __future__ import annotations

from math import ceil
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from netspec import Dataset, Part, Registry

RATE, BATCH, EPOCHS = 0.003, 64, 5


def tensors(part: Part) -> tuple[torch.Tensor, torch.Tensor]:
    """Images with the channels first, and labels."""
    images = torch.from_numpy(np.asarray(part.inputs[:], np.float32))
    return images.permute(0, 3, 1, 2), torch.from_numpy(np.asarray(part.targets[:], np.int64))


def network() -> nn.Module:
    """The layers of the spec; its softmax is the loss's."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 5),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(16, 32, 5),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(512, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )


def main() -> None:
    """Train and print."""
    torch.set_num_threads(1)
    kind = Registry.installed().find(Dataset, "mnist")  # type: ignore[type-abstract]
    data = kind().open(Path())
    assert data.test is not None
    (x, y), (x_test, y_test) = tensors(data.train), tensors(data.test)
    for seed in (1, 2, 3):
        torch.manual_seed(seed)
        model = network()
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
            right = (model(x_test).argmax(1) == y_test).float().mean().item()
        print(f"seed {seed}: {right:.4f}")  # noqa: T201


if __name__ == "__main__":
    main()
