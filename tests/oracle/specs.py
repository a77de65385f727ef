"""What PyTorch reaches with the architectures of `specs/`: `python tests/oracle/specs.py [NAME …]`.

Each is written here by hand, with PyTorch's own initial values, order of samples and optimizers, and
trained from three seeds; it prints the figures on the test part that the specs' descriptions quote.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

HOUSE = Path(__file__).parents[2]
SEEDS = (1, 2, 3)

Parts = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]


def table(name: str) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Header and rows of the training and of the test file."""
    for part in ("", "-test"):
        with open(HOUSE / "specs" / "data" / f"{name}{part}.csv", newline="") as file:
            header, *rows = csv.reader(file)
            yield header, rows


def numbers(name: str) -> tuple[Any, list[str], Any, list[str]]:
    """The features, scaled as the training part's, and the last column as it is written."""
    (_, train), (_, test) = table(name)
    x, x_test = (np.array([row[:-1] for row in rows], np.float32) for rows in (train, test))
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    y, y_test = ([row[-1] for row in rows] for rows in (train, test))
    return (x - mean) / deviation, y, (x_test - mean) / deviation, y_test


def labelled(x: Any, y: list[str], x_test: Any, y_test: list[str]) -> Parts:
    classes = sorted(set(y))
    a, b = (torch.tensor([classes.index(label) for label in each]) for each in (y, y_test))
    return torch.tensor(x), a, torch.tensor(x_test), b


def wine() -> Parts:
    return labelled(*numbers("wine"))


def diabetes() -> Parts:
    x, y, x_test, y_test = numbers("diabetes")
    a, b = (torch.tensor(np.array(each, np.float32)[:, None]) for each in (y, y_test))
    return torch.tensor(x), a, torch.tensor(x_test), b


def tic_tac_toe() -> Parts:
    (_, train), (_, test) = table("tic-tac-toe")
    words = ["blank", "o", "x"]

    def fields(rows: list[list[str]]) -> Any:
        return np.array([[w == v for v in row[:-1] for w in words] for row in rows], np.float32)

    return labelled(
        fields(train), [row[-1] for row in train], fields(test), [row[-1] for row in test]
    )


def autoencoder() -> Parts:
    folder = HOUSE / "plugins" / "netspec-mnist" / "netspec_mnist"

    def pictures(name: str) -> torch.Tensor:
        (path,) = folder.rglob(f"{name}-images-idx3-ubyte*")
        raw = path.read_bytes()
        data = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
        pixels = np.frombuffer(data, np.uint8, offset=16).reshape(-1, 784)
        return torch.tensor(pixels.astype(np.float32) / 255)

    train, test = pictures("train"), pictures("t10k")
    return train, train, test, test


class Rescale(nn.Module):
    """77 x + 152."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 77 * x + 152


def dense(*sizes: int) -> Iterator[nn.Module]:
    """Linear layers with a ReLU between each two."""
    for at, (inputs, units) in enumerate(pairwise(sizes)):
        if at:
            yield nn.ReLU()
        yield nn.Linear(inputs, units)


def waist() -> nn.Module:
    return nn.Sequential(*dense(784, 128, 32), *dense(32, 128, 784))


def classes(z: torch.Tensor, y: torch.Tensor) -> dict[str, float]:
    right = (z.argmax(1) == y).float().mean()
    return {"loss": functional.cross_entropy(z, y).item(), "accuracy": right.item()}


def regression(z: torch.Tensor, y: torch.Tensor) -> dict[str, float]:
    error = functional.mse_loss(z, y)
    return {"rmse": error.sqrt().item(), "r2": 1 - (error / y.var(correction=0)).item()}


def pixels(z: torch.Tensor, y: torch.Tensor) -> dict[str, float]:
    loss = functional.binary_cross_entropy_with_logits(z, y)
    return {"loss": loss.item(), "rmse": functional.mse_loss(z.sigmoid(), y).sqrt().item()}


ADAM, ADAMW = torch.optim.Adam, torch.optim.AdamW
BINARY = functional.binary_cross_entropy_with_logits

# data, network, loss, optimizer, rate, batch, epochs, figures
SPECS: dict[str, tuple[Any, ...]] = {
    "wine": (
        wine,
        lambda: nn.Sequential(*dense(13, 16, 3)),
        functional.cross_entropy,
        ADAM,
        0.005,
        16,
        50,
        classes,
    ),
    "diabetes": (
        diabetes,
        lambda: nn.Sequential(*dense(10, 32, 1), Rescale()),
        functional.mse_loss,
        ADAMW,
        0.002,
        32,
        40,
        regression,
    ),
    "tic-tac-toe": (
        tic_tac_toe,
        lambda: nn.Sequential(*dense(27, 32, 2)),
        functional.cross_entropy,
        ADAM,
        0.01,
        32,
        40,
        classes,
    ),
    "autoencoder": (autoencoder, waist, BINARY, ADAM, 0.001, 128, 10, pixels),
}


def reached(
    data: Callable[[], Parts],
    network: Callable[[], nn.Module],
    loss: Callable[..., torch.Tensor],
    optimizer: Any,
    rate: float,
    batch: int,
    epochs: int,
    figures: Callable[[torch.Tensor, torch.Tensor], dict[str, float]],
) -> Iterator[dict[str, float]]:
    """The figures of each seed."""
    x, y, x_test, y_test = data()
    for seed in SEEDS:
        torch.manual_seed(seed)
        model = network()
        descent = optimizer(model.parameters(), lr=rate)
        for _ in range(epochs):
            for rows in torch.randperm(len(x)).split(batch):
                descent.zero_grad()
                loss(model(x[rows]), y[rows]).backward()
                descent.step()
        with torch.no_grad():
            yield figures(model(x_test), y_test)


if __name__ == "__main__":
    for name in sys.argv[1:] or SPECS:
        for found in reached(*SPECS[name]):
            said = ", ".join(f"{key} {value:.4f}" for key, value in found.items())
            sys.stdout.write(f"{name}: {said}\n")
