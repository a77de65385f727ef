"""Who trains: netspec as its users run it, and its peers over ready batches in a plain loop."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import netspec

from .problems import Problem

__all__ = ["Rival", "ours", "per_sample", "scikit_learn", "torch_network", "torch_rival"]

Rival = Callable[[], float]
"""Trains and gives the last epoch's mean training loss."""


def ours(problem: Problem, epochs: int) -> Rival:
    """`netspec.train` with a folder, metrics, progress and checkpoints, each time from the start."""
    spec = problem.spec(epochs)

    def progress(training: Any, moment: str) -> None:
        """What a terminal would be told, untold."""

    def run() -> float:
        folder = Path(tempfile.mkdtemp())
        try:
            done = netspec.train(spec, data=problem.data, out=folder / "run", listener=progress)
            return float(done.history[-1]["loss"])
        finally:
            shutil.rmtree(folder)

    return run


def torch_network(problem: Problem) -> Any:
    """The same network in PyTorch, with the same initial weights; the last softmax is the loss's."""
    import torch

    activations = {"sigmoid": torch.nn.Sigmoid, "relu": torch.nn.ReLU, "tanh": torch.nn.Tanh}
    network = netspec.build(problem.spec(1))
    modules: list[Any] = []
    for layer in network:
        if layer.spec.type == "dense":
            linear = torch.nn.Linear(layer.input_shape[0], layer.output_shape[0])
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(np.array(layer.params["weight"], order="C")))
                linear.bias.copy_(torch.from_numpy(layer.params["bias"]))
            modules.append(linear)
        elif layer.spec.type != "softmax":
            modules.append(activations[layer.spec.type]())
    return torch.nn.Sequential(*modules)


def torch_rival(problem: Problem, epochs: int, **options: Any) -> Rival:
    """PyTorch, eager, over ready batches; `options` go to Adam."""
    import torch

    torch.set_num_threads(1)
    part = problem.data.train
    size = problem.batch_size
    batches = list(
        zip(
            torch.from_numpy(part.inputs).split(size),
            torch.from_numpy(part.targets).split(size),
            strict=True,
        )
    )
    rate = problem.optimizer["learning_rate"]
    if problem.optimizer["type"] == "sgd":

        def loss_of(output: Any, target: Any) -> Any:
            return 0.5 * ((output - target) ** 2).sum() / len(target)
    else:
        loss_of = torch.nn.CrossEntropyLoss()

    def run() -> float:
        network = torch_network(problem)
        if problem.optimizer["type"] == "sgd":
            optimizer = torch.optim.SGD(network.parameters(), lr=rate)
        else:
            optimizer = torch.optim.Adam(network.parameters(), lr=rate, **options)
        for _ in range(epochs):
            total = 0.0
            for x, target in batches:
                optimizer.zero_grad()
                loss = loss_of(network(x), target)
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(x)
        return float(total) / len(part)

    return run


def scikit_learn(problem: Problem, epochs: int) -> Rival:
    """scikit-learn's MLPClassifier in float32, with its own initial weights and batching."""
    from sklearn.neural_network import MLPClassifier

    part = problem.data.train

    def run() -> float:
        model = MLPClassifier(
            problem.sizes[1:-1],
            activation=problem.activation,
            alpha=0.0,
            batch_size=problem.batch_size,
            learning_rate_init=problem.optimizer["learning_rate"],
            max_iter=epochs,
            n_iter_no_change=epochs + 1,
            random_state=1,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(part.inputs, part.targets)
        return float(model.loss_)

    return run


def per_sample(problem: Problem, samples: int) -> Rival:
    """The lecture's own algorithm, sample by sample in float64, over the first `samples`."""
    network = netspec.build(problem.spec(1))
    dense = [layer for layer in network if layer.params]
    sigmoid = np.vectorize(lambda z: 1 / (1 + np.exp(-z)))
    part, size = problem.data.train, problem.batch_size

    def run() -> float:
        weights = [layer.params["weight"].astype(np.float64) for layer in dense]
        biases = [layer.params["bias"].astype(np.float64)[:, None] for layer in dense]
        rate, total = problem.optimizer["learning_rate"], 0.0
        for start in range(0, samples, size):
            changes = [
                (np.zeros_like(w), np.zeros_like(b)) for w, b in zip(weights, biases, strict=True)
            ]
            for x, y in zip(
                part.inputs[start : start + size], part.targets[start : start + size], strict=True
            ):
                outputs = [x.astype(np.float64)[:, None]]
                for w, b in zip(weights, biases, strict=True):
                    outputs.append(sigmoid(w @ outputs[-1] + b))
                delta = outputs[-1] - y[:, None]
                total += 0.5 * float((delta**2).sum())
                for at in reversed(range(len(weights))):
                    delta = delta * outputs[at + 1] * (1 - outputs[at + 1])
                    changes[at][0][...] += delta @ outputs[at].T
                    changes[at][1][...] += delta
                    delta = weights[at].T @ delta
            for w, b, (dw, db) in zip(weights, biases, changes, strict=True):
                w -= rate / size * dw
                b -= rate / size * db
        return total / samples

    return run
