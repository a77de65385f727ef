"""The lecture's algorithm, sample by sample, in nothing but products of a matrix and a vector.

Nielsen, "Neural networks and deep learning", chapter 2: a = σ(W a + b), C = ½ Σ (a − y)²,
δᴸ = (a − y) ∘ σ'(z), δˡ = Wᵀ δ ∘ σ'(z), ∂C/∂b = δ, ∂C/∂W = δ aᵀ. The gradients of a mini-batch
are added up, and the step is rate / (samples of the batch) times the sum. Nothing here is shared
with netspec.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Vectors = list[Any]


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def gradients(weights: Vectors, biases: Vectors, x: Any, y: Any) -> tuple[Vectors, Vectors, float]:
    """∂C/∂W and ∂C/∂b of every layer, and C, for one sample; x and y are columns."""
    activations = [x]
    for w, b in zip(weights, biases, strict=True):
        activations.append(sigmoid(w @ activations[-1] + b))
    a = activations[-1]
    cost = 0.5 * float(((a - y) ** 2).sum())
    delta = (a - y) * a * (1 - a)
    of_weights: Vectors = [None] * len(weights)
    of_biases: Vectors = [None] * len(biases)
    for layer in reversed(range(len(weights))):
        of_weights[layer] = delta @ activations[layer].T
        of_biases[layer] = delta
        if layer:
            a = activations[layer]
            delta = weights[layer].T @ delta * a * (1 - a)
    return of_weights, of_biases, cost


def train(
    weights: Vectors, biases: Vectors, samples: Any, targets: Any, batch: int, rate: float
) -> float:
    """One epoch in the order given; changes weights and biases in place, returns the mean cost."""
    total = 0.0
    for start in range(0, len(samples), batch):
        rows = range(start, min(start + batch, len(samples)))
        sums_w = [np.zeros_like(w) for w in weights]
        sums_b = [np.zeros_like(b) for b in biases]
        for row in rows:
            x, y = samples[row].reshape(-1, 1), targets[row].reshape(-1, 1)
            of_weights, of_biases, cost = gradients(weights, biases, x, y)
            total += cost
            for layer in range(len(weights)):
                sums_w[layer] += of_weights[layer]
                sums_b[layer] += of_biases[layer]
        for layer in range(len(weights)):
            weights[layer] -= rate / len(rows) * sums_w[layer]
            biases[layer] -= rate / len(rows) * sums_b[layer]
    return total / len(samples)
