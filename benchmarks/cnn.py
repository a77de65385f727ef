"""A small convolutional network on MNIST beside PyTorch: `python -m benchmarks cnn`.

Two convolutions of five by five with 8 and 16 channels, each pooled and then rectified, and a dense
layer of 128; Adam in batches of 64. PyTorch runs in both of its memory orders, from the same initial
weights over the same batches in the same order, so that the losses can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from importlib.util import find_spec
from typing import Any
from unittest.mock import patch

import numpy as np
from netspec_conv import pooling, sliding

from netspec.arrays import computing

from .bare_cnn import bare_cnn
from .plugged import Digits, compared, fitted, torch_trained, with_our_weights
from .rivals import Rival

__all__ = ["cnn"]

LAYERS: list[Any] = [
    {"type": "conv2d", "channels": 8, "kernel": 5},
    "max_pool2d",
    "relu",
    {"type": "conv2d", "channels": 16, "kernel": 5},
    "max_pool2d",
    "relu",
    "flatten",
    {"type": "dense", "units": 128, "activation": "relu"},
    {"type": "dense", "units": 10, "activation": "softmax"},
]


def torch_network(digits: Digits) -> Any:
    """The same network in PyTorch; its softmax is the loss's.

    PyTorch flattens with the channels first: the columns of the dense weight are put in that order.
    """
    import torch
    from torch import nn

    network = nn.Sequential(
        nn.Conv2d(1, 8, 5),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(8, 16, 5),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(256, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )
    with_our_weights(digits, [network[n] for n in (0, 3, 7, 9)])
    with torch.no_grad():
        columns = network[7].weight.reshape(128, 4, 4, 16).permute(0, 3, 1, 2)
        network[7].weight.copy_(columns.reshape(128, 256).clone())
    return network


def torch_rival(digits: Digits, order: str) -> Rival:
    """PyTorch in one of its memory orders."""
    import torch

    order = getattr(torch, order)
    part = digits.data.train
    inputs = torch.from_numpy(part.inputs).permute(0, 3, 1, 2).contiguous(memory_format=order)
    return torch_trained(
        digits,
        lambda: torch_network(digits).to(memory_format=order),
        inputs,
        torch.from_numpy(part.targets),
    )


def without(digits: Digits, *changes: AbstractContextManager[Any]) -> Rival:
    """netspec as it is but for one thing: what that gains."""
    train = fitted(digits)

    def run() -> float:
        with ExitStack() as stack:
            for change in changes:
                stack.enter_context(change)
            return train()

    return run


def cnn() -> Iterator[str]:
    """19 200 digits through a LeNet-like network, batches of 64."""
    digits = Digits.of("cnn", LAYERS, 64, 28, 28, 1)
    peers = {
        "netspec, numpy's own buffers": without(
            digits, patch.object(computing, "_BUFFER", np.getbufsize())
        ),
        "netspec, memory that begins anywhere": without(
            digits,
            patch.object(sliding, "aligned", np.empty),
            patch.object(pooling, "aligned", np.empty),
        ),
        "a bare numpy loop": bare_cnn(digits),
    }
    if find_spec("torch"):
        peers["PyTorch channels last"] = torch_rival(digits, "channels_last")
        peers["PyTorch channels first"] = torch_rival(digits, "contiguous_format")
    yield from compared(digits, peers, {"PyTorch channels last": "1.3 ×"})
