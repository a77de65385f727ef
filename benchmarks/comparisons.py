"""Each comparison: who runs against whom, how often, and what is to hold."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

import netspec

from . import problems, rivals
from .attention import attention
from .bare import bare_numpy
from .cnn import cnn
from .lstm import lstm
from .promises import prices
from .threads import beside_a_busy_neighbour
from .timing import Times, interleaved

__all__ = ["COMPARISONS"]

HAS_TORCH = find_spec("torch") is not None
HAS_SKLEARN = find_spec("sklearn") is not None
OURS = "netspec"
BARE = "a bare numpy loop"


def _table(times: Times, wanted: Mapping[str, str], unit: float, label: str) -> Iterator[str]:
    yield f"| who | {label} | loss | netspec is faster by | wanted |"
    yield "|---|---|---|---|---|"
    for name in times.seconds:
        ratio = "" if name == OURS else f"{times.ratio(name, OURS):.2f} ×"
        result = times.results[name]
        loss = "" if result is None else f"{result:.5f}"
        spent = times.median(name) * unit
        yield f"| {name} | {spent:.3g} | {loss} | {ratio} | {wanted.get(name, '')} |"


def _trained(
    runs: Mapping[str, rivals.Rival], rounds: int, wanted: Mapping[str, str], epochs: int
) -> Iterator[str]:
    times = interleaved(runs, rounds)
    yield from _table(times, wanted, 1 / epochs, "CPU seconds an epoch")


def lecture() -> Iterator[str]:
    """one epoch of the lecture's network, batches of 10."""
    problem = problems.lecture()
    runs = {OURS: rivals.ours(problem, 1), BARE: bare_numpy(problem, 1)}
    if HAS_TORCH:
        runs["PyTorch eager"] = rivals.torch_rival(problem, 1)
    yield from _trained(runs, 5, {"PyTorch eager": "2.0 ×"}, 1)
    samples = 600
    slow = interleaved({"per sample": rivals.per_sample(problem, samples)}, 3)
    fast = interleaved({OURS: rivals.ours(problem, 1)}, 3)
    whole = slow.median("per sample") * len(problem.data.train) / samples
    ratio = whole / fast.median(OURS)
    yield ""
    yield (
        f"The lecture's own algorithm, sample by sample in float64: {whole:.1f} s an epoch, from "
        f"{samples} samples; netspec is faster by {ratio:.1f} × (wanted: 30 ×)."
    )


def digits() -> Iterator[str]:
    """784-512-256-10, relu, Adam, batches of 128, three epochs."""
    problem, epochs = problems.digits(), 3
    runs = {OURS: rivals.ours(problem, epochs), BARE: bare_numpy(problem, epochs)}
    if HAS_TORCH:
        runs["PyTorch default"] = rivals.torch_rival(problem, epochs)
        runs["PyTorch fused"] = rivals.torch_rival(problem, epochs, fused=True)
    if HAS_SKLEARN:
        runs["scikit-learn"] = rivals.scikit_learn(problem, epochs)
    wanted = {"PyTorch default": "1.25 ×", "PyTorch fused": "1.0 ×", "scikit-learn": "1.25 ×"}
    yield from _trained(runs, 5, wanted, epochs)


def tiny() -> Iterator[str]:
    """20-32-32-2, tanh, Adam, batches of 32, five epochs of 10 000 samples."""
    problem, epochs = problems.tiny(), 5
    runs = {OURS: rivals.ours(problem, epochs), BARE: bare_numpy(problem, epochs)}
    if HAS_TORCH:
        runs["PyTorch default"] = rivals.torch_rival(problem, epochs)
    if HAS_SKLEARN:
        runs["scikit-learn"] = rivals.scikit_learn(problem, epochs)
    yield from _trained(runs, 25, {"PyTorch default": "6 ×", "scikit-learn": "2.5 ×"}, epochs)


def inference() -> Iterator[str]:
    """predictions of the lecture's network."""
    problem = problems.lecture()
    network = netspec.build(problem.spec(1))
    for rows, calls, wanted in ((1, 2000, "1.2 ×"), (1024, 20, "1.0 ×")):
        x = np.ascontiguousarray(problem.data.train.inputs[:rows])
        runs: dict[str, Callable[[], Any]] = {
            OURS: lambda x=x, calls=calls: [network.predict(x) for _ in range(calls)]
        }
        if HAS_TORCH:
            import torch

            torch.set_num_threads(1)
            peer, tensor = rivals.torch_network(problem), torch.from_numpy(x)

            def infer(peer: Any = peer, tensor: Any = tensor, calls: int = calls) -> None:
                with torch.inference_mode():
                    for _ in range(calls):
                        peer(tensor)

            runs["PyTorch inference mode"] = infer
        times = interleaved(runs, 9)
        yield f"batches of {rows}:"
        yield ""
        yield from _table(times, {"PyTorch inference mode": wanted}, 1e6 / calls, "µs a call")
        yield ""


_OURS_STARTS = (
    "import netspec, numpy as np\n"
    "print(netspec.load({0!r}).predict(np.zeros((1, 784), np.float32)), flush=True)"
)
_TORCH_STARTS = """
import torch
layers = [torch.nn.Linear(a, b) for a, b in zip({1}, {1}[1:])]
modules = [m for layer in layers for m in (layer, torch.nn.Sigmoid())]
network = torch.nn.Sequential(*modules)
network.load_state_dict(torch.load({0!r}))
with torch.inference_mode():
    print(network(torch.zeros(1, 784)), flush=True)
"""


def _until_it_speaks(code: str) -> None:
    """A new process, up to its first line; how it ends is not looked at."""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        if not process.stdout.readline():
            raise RuntimeError("the process said nothing")
        process.kill()


def start() -> Iterator[str]:
    """a new process, until its first prediction."""
    problem = problems.lecture()
    folder = Path(tempfile.mkdtemp())
    try:
        netspec.save(netspec.build(problem.spec(1)), folder / "model")
        programs = {OURS: _OURS_STARTS.format(str(folder / "model"))}
        if HAS_TORCH:
            import torch

            torch.save(rivals.torch_network(problem).state_dict(), folder / "state.pt")
            programs["PyTorch"] = _TORCH_STARTS.format(str(folder / "state.pt"), problem.sizes)
        runs = {name: lambda code=code: _until_it_speaks(code) for name, code in programs.items()}
        times = interleaved(runs, 9, time.perf_counter)
        yield from _table(times, {"PyTorch": "5 ×"}, 1e3, "wall ms")
    finally:
        shutil.rmtree(folder)


def threads() -> Iterator[str]:
    """the lecture's network with one thread, all, and none set, also beside a busy neighbour."""
    yield from beside_a_busy_neighbour()


def promises() -> Iterator[str]:
    """what each promise costs, and what each trick gains: a step with and without it."""
    yield from prices()


COMPARISONS: Mapping[str, Callable[[], Iterator[str]]] = {
    "lecture": lecture,
    "digits": digits,
    "tiny": tiny,
    "cnn": cnn,
    "lstm": lstm,
    "attention": attention,
    "inference": inference,
    "start": start,
    "promises": promises,
    "threads": threads,
}
