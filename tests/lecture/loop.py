"""The lecture's network, sample by sample: one column at a time, and no netspec in it."""

from __future__ import annotations

import numpy as np

__all__ = ["Loop"]


class Loop:
    """Dense layers with sigmoids, the loss ½Σ(ŷ − y)², gradient descent by mini-batches."""

    def __init__(self, weights: list[np.ndarray], biases: list[np.ndarray]) -> None:
        self.weights = [weight.copy() for weight in weights]
        self.biases = [bias.reshape(-1, 1).copy() for bias in biases]

    def forward(self, x: np.ndarray) -> list[np.ndarray]:
        """The column that enters each layer, and the answer."""
        columns = [x.reshape(-1, 1)]
        for weight, bias in zip(self.weights, self.biases, strict=True):
            columns.append(1 / (1 + np.exp(-(weight @ columns[-1] + bias))))
        return columns

    def backward(self, x: np.ndarray, y: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """ΔW and Δb of each layer for one sample."""
        columns = self.forward(x)
        delta = columns[-1] - y.reshape(-1, 1)
        slopes = []
        for at in reversed(range(len(self.weights))):
            delta = delta * columns[at + 1] * (1 - columns[at + 1])
            slopes.append((delta @ columns[at].T, delta))
            delta = self.weights[at].T @ delta
        return slopes[::-1]

    def train_batch(self, x: np.ndarray, y: np.ndarray, rate: float) -> None:
        """One step: the samples' slopes are added up one by one, and their mean is taken off."""
        sums = [
            (np.zeros_like(weight), np.zeros_like(bias))
            for weight, bias in zip(self.weights, self.biases, strict=True)
        ]
        for sample, target in zip(x, y, strict=True):
            for total, slope in zip(sums, self.backward(sample, target), strict=True):
                total[0][...] += slope[0]
                total[1][...] += slope[1]
        for at, (weight, bias) in enumerate(sums):
            self.weights[at] -= rate / len(x) * weight
            self.biases[at] -= rate / len(x) * bias
