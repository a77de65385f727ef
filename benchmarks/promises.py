"""What each promise costs and each trick gains: the loop as it is, and with one thing taken out.

What is taken out is replaced inside this process for the measurement alone; netspec has no switch.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import netspec
from netspec import Registry, tally, updating
from netspec.arrays import Computing, gradients, products
from netspec.assemble import plan_of
from netspec.builtins.optimizers import adam
from netspec.training import Training

from . import problems
from .problems import Problem
from .timing import interleaved

__all__ = ["prices"]

_Change = Callable[[], AbstractContextManager[Any]]

_AS_IT_IS = "as it is"
_ROUNDS = 60
# Steps in a turn, some 20 ms: short enough that a moment of the machine hits all variants alike.
_STEPS = {"tiny": 150, "lecture": 40, "digits": 5}


@contextmanager
def _products(**changes: Any) -> Iterator[None]:
    """How a product is computed is chosen anew with these changes, and again afterwards."""
    with patch.multiple(products, **changes):
        products._way.cache_clear()
        yield
    products._way.cache_clear()


_CHANGES: dict[str, _Change] = {
    _AS_IT_IS: nullcontext,
    "no look at gradients": lambda: patch.object(updating, "finite", lambda gradient: True),
    "no metrics": nullcontext,
    "no arena for small parameters": lambda: patch.object(updating, "is_small", lambda _: False),
    "small parameters copied to the arena and back": lambda: patch.object(
        updating, "row_of", lambda arrays: None
    ),
    "metrics look at every batch": lambda: patch.object(tally, "_OBSERVED", 1),
    "products never split": lambda: _products(pieces_of=lambda *_: 1),
    "rows never filled up": lambda: _products(_FEW=0),
    "products made, then added": lambda: patch.object(gradients, "add_product", lambda *_: False),
    "Adam's few values as if they were many": lambda: patch.object(adam, "_SMALL", 0),
    "arrays added by numpy": lambda: patch.object(gradients, "add_array", lambda *_: False),
}


def _steps(problem: Problem, name: str) -> Callable[[], None]:
    """Some steps of a training of its own, which goes on at every call."""
    document = problem.spec(1000)
    if name == "no metrics":
        document["training"]["metrics"] = []
    change = _CHANGES[name]
    with change():
        spec = netspec.read_spec(document)
        network = netspec.build(document)
        assert spec.training is not None
        training = Training(network.objective(), plan_of(spec.training), problem.data.train)
        moments = training.run()

    def go_on() -> None:
        with Computing(), change():
            for _ in range(_STEPS[problem.name]):
                next(moments)

    return go_on


def _whole(problem: Problem) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        netspec.train(problem.spec(1), data=problem.data, out=folder / "run")
    finally:
        shutil.rmtree(folder)


def _fit(problem: Problem) -> None:
    """The same without a folder: no checkpoint, no history, no saved model."""
    network = netspec.build(problem.spec(1))
    part = problem.data.train
    network.fit(
        part.inputs,
        part.targets,
        epochs=1,
        batch_size=problem.batch_size,
        optimizer=problem.optimizer,
        shuffle=False,
        metrics=["accuracy"],
    )


def prices() -> Iterator[str]:
    """A table: the CPU time of a step, and of an epoch, without each thing beside that with it."""
    Registry.installed()
    yield "| network | what is changed | CPU µs a step | of the time as it is |"
    yield "|---|---|---|---|"
    for problem in (problems.tiny(), problems.lecture(), problems.digits()):
        times = interleaved({name: _steps(problem, name) for name in _CHANGES}, _ROUNDS)
        for name in _CHANGES:
            share = "" if name == _AS_IT_IS else f"{times.ratio(name, _AS_IT_IS):.2f}"
            spent = times.median(name) / _STEPS[problem.name] * 1e6
            yield f"| {problem.name} | {name} | {spent:.4g} | {share} |"
        runs = {
            _AS_IT_IS: lambda problem=problem: _whole(problem),
            "no folder": lambda problem=problem: _fit(problem),
        }
        rounds = 5 if problem.name != "tiny" else 25
        share = f"{interleaved(runs, rounds).ratio('no folder', _AS_IT_IS):.2f}"
        yield f"| {problem.name} | no folder: no checkpoints, no history (of an epoch) | | {share} |"
