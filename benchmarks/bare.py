"""What numpy itself can do: the same training as one hand-written loop, with no library around it.

Ready batches and arrays, no checks, no metrics, no folder, no way to go on after a kill: how far
netspec stays behind it is the price of being a library.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any

import numpy as np

import netspec

from .problems import Problem
from .rivals import Rival

__all__ = ["Flat", "adam", "bare_numpy"]

_Array = np.ndarray[Any, Any]


def _sigmoid(z: _Array) -> None:
    np.minimum(z, 88, out=z)
    np.exp(z, z)
    np.divide(z, z + 1, z)


def _relu(z: _Array) -> None:
    np.maximum(z, 0, out=z)


def _tanh(z: _Array) -> None:
    np.tanh(z, z)


def _softmax(z: _Array) -> None:
    z -= np.maximum.reduce(np.ascontiguousarray(z.T), axis=0)[:, None]
    np.exp(z, z)
    z /= z @ np.ones((z.shape[1], 1), z.dtype)


def _sigmoid_back(delta: _Array, y: _Array) -> None:
    slope = 1 - y
    slope *= y
    delta *= slope


def _relu_back(delta: _Array, y: _Array) -> None:
    delta *= y > 0


def _tanh_back(delta: _Array, y: _Array) -> None:
    slope = y * y
    slope *= delta
    delta -= slope


_FORWARD: dict[str, Callable[[_Array], None]] = {
    "sigmoid": _sigmoid,
    "relu": _relu,
    "tanh": _tanh,
    "softmax": _softmax,
}
_BACKWARD: dict[str, Callable[[_Array, _Array], None]] = {
    "sigmoid": _sigmoid_back,
    "relu": _relu_back,
    "tanh": _tanh_back,
}


class Flat:
    """All parameters in one vector, and their gradients in another, each in its own shape."""

    def __init__(self, arrays: Sequence[_Array]) -> None:
        total = sum(array.size for array in arrays)
        self.values = np.empty(total, np.float32)
        self.gradients = np.empty(total, np.float32)
        self.params: list[_Array] = []
        self.slopes: list[_Array] = []
        start = 0
        for array in arrays:
            stop = start + array.size
            self.params.append(self.values[start:stop].reshape(array.shape))
            self.slopes.append(self.gradients[start:stop].reshape(array.shape))
            self.params[-1][...] = array
            start = stop


def adam(flat: Flat, rate: float) -> Callable[[int], None]:
    """Ten passes: m and v are kept over 1 − β, and both corrections lie in two numbers."""
    p, g = flat.values, flat.gradients
    m, v = np.zeros_like(p), np.zeros_like(p)

    def step(t: int) -> None:
        correction = sqrt((1 - 0.999**t) / (1 - 0.999))
        np.multiply(m, 0.9, m)
        np.add(m, g, m)
        np.multiply(g, g, g)
        np.multiply(v, 0.999, v)
        np.add(v, g, v)
        np.sqrt(v, g)
        np.add(g, 1e-8 * correction, g)
        np.divide(m, g, g)
        np.multiply(g, rate * (1 - 0.9) / (1 - 0.9**t) * correction, g)
        np.subtract(p, g, p)
        if t % 64 == 0:
            # What has faded would soon be subnormal, which processors are slow at.
            m[np.abs(m) < 1e-35] = 0

    return step


def _sgd(flat: Flat, rate: float) -> Callable[[int], None]:
    """The rate lies in the last delta, where it costs least."""

    def step(t: int) -> None:
        np.subtract(flat.values, flat.gradients, flat.values)

    return step


def bare_numpy(problem: Problem, epochs: int) -> Rival:
    """Trains from netspec's initial weights over the same batches, in the same order."""
    part, size = problem.data.train, problem.batch_size
    batches = [
        (part.inputs[at : at + size], part.targets[at : at + size])
        for at in range(0, len(part), size)
    ]
    rate = problem.optimizer["learning_rate"]
    plain = problem.optimizer["type"] == "sgd"
    activations = [problem.activation] * (len(problem.sizes) - 2) + [problem.last]

    def run() -> float:
        # A weight is (outputs, inputs): here it lies the other way round, as the products read it.
        flat = Flat([array.T for array in netspec.build(problem.spec(1)).params().values()])
        weights, biases = flat.params[::2], flat.params[1::2]
        step = _sgd(flat, rate) if plain else adam(flat, rate)
        t = 0
        for _ in range(epochs):
            total = 0.0
            for x, target in batches:
                count = len(x)
                outputs = [x]
                for weight, bias, activation in zip(weights, biases, activations, strict=True):
                    z = np.dot(outputs[-1], weight)
                    z += bias
                    _FORWARD[activation](z)
                    outputs.append(z)
                if plain:
                    delta = outputs[-1] - target
                    total += 0.5 * float(np.dot(delta.ravel(), delta.ravel()))
                    _sigmoid_back(delta, outputs[-1])
                    delta *= rate / count
                else:
                    delta, rows = outputs[-1].copy(), np.arange(count)
                    total -= float(np.log(delta[rows, target]).sum())
                    delta[rows, target] -= 1
                    delta *= 1 / count
                ones = np.ones(count, np.float32)
                for at in reversed(range(len(weights))):
                    np.dot(outputs[at].T, delta, flat.slopes[2 * at])
                    np.dot(ones, delta, flat.slopes[2 * at + 1])
                    if at:
                        # Thin: the other way round, as BLAS does it faster.
                        delta = np.ascontiguousarray(np.dot(weights[at], delta.T.copy()).T)
                        _BACKWARD[activations[at - 1]](delta, outputs[at])
                t += 1
                step(t)
        return total / len(part)

    return run
