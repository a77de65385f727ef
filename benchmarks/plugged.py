"""Networks of the plugins' layers on MNIST beside PyTorch, as the other comparisons run them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import netspec
from netspec import Data, Dataset, Part, Registry

from . import rivals
from .timing import interleaved

__all__ = ["Digits", "compared", "fitted", "torch_trained", "with_our_weights"]

RATE = 0.001
# Enough that what a training does once is little, and few, as a machine changes its pace in seconds.
SAMPLES = 19_200
ROUNDS = 9


@dataclass(frozen=True)
class Digits:
    """A network, and the first of the real digits as it takes them; Adam, samples in order."""

    name: str
    layers: list[Any]
    batch_size: int
    data: Data

    @classmethod
    def of(cls, name: str, layers: list[Any], batch_size: int, *shape: int) -> Digits:
        """With pictures of this shape, as ready float32 arrays."""
        kind = Registry.installed().find(Dataset, "mnist")  # type: ignore[type-abstract]
        train = kind().open(Path()).train
        inputs = np.asarray(train.inputs[:SAMPLES], np.float32).reshape(-1, *shape)
        data = Data(Part(inputs, np.asarray(train.targets[:SAMPLES], np.int64)))
        return cls(name, layers, batch_size, data)

    def spec(self, epochs: int) -> dict[str, Any]:
        """The document."""
        return {
            "netspec": 1,
            "name": self.name,
            "input_shape": list(self.data.train.inputs.shape[1:]),
            "layers": self.layers,
            "loss": "cross_entropy",
            "seed": 1,
            "training": {
                "data": "arrays",
                "optimizer": {"type": "adam", "learning_rate": RATE},
                "batch_size": self.batch_size,
                "epochs": epochs,
                "shuffle": False,
                "metrics": ["accuracy"],
            },
        }


def with_our_weights(digits: Digits, modules: list[Any]) -> None:
    """Give PyTorch's modules our initial weights, in order; the same shapes are the same arrays."""
    import torch

    layers = [layer for layer in netspec.build(digits.spec(1)) if layer.params]
    for module, layer in zip(modules, layers, strict=True):
        arrays = zip(module.parameters(), layer.params.values(), strict=True)
        with torch.no_grad():
            for theirs, ours in arrays:
                theirs.copy_(torch.from_numpy(np.array(ours, order="C")))


def torch_trained(
    digits: Digits, network: Callable[[], Any], inputs: Any, targets: Any
) -> rivals.Rival:
    """PyTorch once over ready batches, eager."""
    import torch

    torch.set_num_threads(1)
    size = digits.batch_size
    batches = list(zip(inputs.split(size), targets.split(size), strict=True))
    loss_of = torch.nn.CrossEntropyLoss()

    def run() -> float:
        model = network()
        optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
        total = 0.0
        for x, target in batches:
            optimizer.zero_grad()
            loss = loss_of(model(x), target)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(x)
        return float(total) / len(targets)

    return run


def fitted(digits: Digits) -> rivals.Rival:
    """Our network fitted once to all samples, from its initial weights."""
    training = digits.spec(1)["training"]
    part = digits.data.train

    def run() -> float:
        network = netspec.build(digits.spec(1))
        records = network.fit(
            part.inputs,
            part.targets,
            batch_size=digits.batch_size,
            optimizer=training["optimizer"],
            shuffle=False,
            metrics=training["metrics"],
        )
        return float(records[-1]["loss"])

    return run


def compared(
    digits: Digits, peers: Mapping[str, rivals.Rival], wanted: Mapping[str, str]
) -> Iterator[str]:
    """A table: everybody once over the data, round by round in turn."""
    runs = {"netspec": fitted(digits), **peers}
    times = interleaved(runs, ROUNDS)
    yield "| who | CPU seconds | loss | netspec is faster by | wanted |"
    yield "|---|---|---|---|---|"
    for name in runs:
        ratio = "" if name == "netspec" else f"{times.ratio(name, 'netspec'):.2f} ×"
        spent = f"{times.median(name):.3g} | {times.results[name]:.5f}"
        yield f"| {name} | {spent} | {ratio} | {wanted.get(name, '')} |"
