"""What a layer costs of which only `forward` is written: `python -m benchmarks.autograd_cost`.

The same network twice, of dense layers and silu as netspec has them, and as formulas that autograd
derives. Adam, made-up samples in order, the same initial weights; set OPENBLAS_NUM_THREADS=1.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import autograd.numpy as anp
import numpy as np
from netspec_autograd import ForwardOnly, ForwardOnlyActivation
from pydantic import Field

import netspec
from netspec import Array, Data, FanInUniform, Part, Registry, Site

from .timing import interleaved

__all__ = ["autograd_cost"]

ROUNDS = 7
# Features, hidden units twice, classes; samples of a batch; batches of an epoch.
PROBLEMS = [
    ((20, 32, 32, 2), 32, 300),
    ((784, 392, 196, 10), 10, 200),
    ((784, 512, 256, 10), 128, 60),
    ((784, 512, 256, 10), 1024, 12),
]


class FormulaDense(ForwardOnly):
    """y = x Wᵀ + b."""

    type: Literal["formula_dense"] = "formula_dense"
    units: int = Field(gt=0, description="the number of outputs")

    def parameters(self, site: Site) -> dict[str, Array]:
        start, fans = FanInUniform(), (site.input_shape[-1], self.units)
        weight = site.draw(start, (self.units, fans[0]), fans, order="F")
        return {"weight": weight, "bias": site.draw(start, (self.units,), fans)}

    def forward(self, x: Array, weight: Array, bias: Array) -> Array:
        return x @ weight.T + bias


class FormulaSiLU(ForwardOnlyActivation):
    """y = x σ(x)."""

    type: Literal["formula_silu"] = "formula_silu"

    def forward(self, x: Array) -> Array:
        return x * (0.5 + 0.5 * anp.tanh(0.5 * x))


REGISTRY = Registry.installed().including(FormulaDense, FormulaSiLU)


def document(sizes: tuple[int, ...], batch_size: int, prefix: str) -> dict[str, Any]:
    """The network, of the layers whose types begin so."""
    layers: list[Any] = []
    for n, units in enumerate(sizes[1:]):
        layers.append({"type": f"{prefix}dense", "name": f"dense-{n}", "units": units})
        layers.append(f"{prefix}silu")
    layers[-1] = "softmax"
    return {
        "netspec": 1,
        "name": "autograd",
        "input_shape": [sizes[0]],
        "layers": layers,
        "loss": "cross_entropy",
        "seed": 1,
        "training": {
            "data": "arrays",
            "optimizer": {"type": "adam", "learning_rate": 0.001},
            "batch_size": batch_size,
            "epochs": 1,
            "shuffle": False,
        },
    }


def trained(spec: netspec.ModelSpec, data: Data) -> float:
    """The loss of one epoch, as users train."""
    folder = Path(tempfile.mkdtemp())
    try:
        done = netspec.train(spec, data=data, out=folder / "run", registry=REGISTRY)
        return float(done.history[-1]["loss"])
    finally:
        shutil.rmtree(folder)


def autograd_cost() -> Iterator[str]:
    """a training step of layers of which only forward is written."""
    yield "| network | batch | a step by hand | by autograd | ratio | losses |"
    yield "|---|---|---|---|---|---|"
    for sizes, batch_size, batches in PROBLEMS:
        rng = np.random.default_rng(1)
        x = rng.standard_normal((batch_size * batches, sizes[0])).astype(np.float32)
        data = Data(Part(x, (x[:, 0] * x[:, 1] > 0).astype(np.int64)))

        def run(prefix: str) -> Callable[[], float]:
            spec = netspec.read_spec(document(sizes, batch_size, prefix), registry=REGISTRY)  # noqa: B023
            return lambda: trained(spec, data)  # noqa: B023

        times = interleaved({each: run(each) for each in ("", "formula_")}, ROUNDS)
        by_hand, derived = (times.median(each) / batches * 1e6 for each in ("", "formula_"))
        ratio, said = (
            times.ratio("formula_", ""),
            " and ".join(f"{n:.6f}" for n in times.results.values()),
        )
        name = "-".join(str(size) for size in sizes)
        yield f"| {name} | {batch_size} | {by_hand:.0f} µs | {derived:.0f} µs | {ratio:.2f} | {said} |"


if __name__ == "__main__":
    for line in autograd_cost():
        print(line, flush=True)
