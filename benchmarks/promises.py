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
from netspec import tally, updating
from netspec.arrays import gradients, products

from . import problems
from .problems import Problem
from .timing import interleaved

__all__ = ["prices"]


def _without_metrics(problem: Problem) -> dict[str, Any]:
    spec = problem.spec(1)
    spec["training"]["metrics"] = []
    return spec


def _run(problem: Problem, change: AbstractContextManager[Any], spec: Any = None) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        with change:
            netspec.train(spec or problem.spec(1), data=problem.data, out=folder / "run")
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


def _products(**changes: Any) -> Callable[[], AbstractContextManager[None]]:
    """Products with these changes: how one is computed is chosen anew, and again afterwards."""

    @contextmanager
    def changed() -> Iterator[None]:
        with patch.multiple(products, **changes):
            products._way.cache_clear()
            yield
        products._way.cache_clear()

    return changed


def _variants(problem: Problem) -> dict[str, Callable[[], object]]:
    always = patch.object(updating, "finite", lambda gradient: True)
    apart = patch.object(updating, "is_small", lambda array: False)
    at_once = patch.object(tally, "_OBSERVED", 1)
    whole = _products(pieces_of=lambda *_: 1)
    bare = _products(_FEW=0)
    in_two = patch.object(gradients, "add_product", lambda *_: False)
    in_passes = patch.object(gradients, "add_array", lambda *_: False)
    copied = patch.object(updating, "row_of", lambda arrays: None)
    return {
        "as it is": lambda: _run(problem, nullcontext()),
        "no look at gradients": lambda: _run(problem, always),
        "no metrics": lambda: _run(problem, nullcontext(), _without_metrics(problem)),
        "no folder: no checkpoints, no history": lambda: _fit(problem),
        "no arena for small parameters": lambda: _run(problem, apart),
        "metrics look at every batch": lambda: _run(problem, at_once),
        "products never split": lambda: _run(problem, whole()),
        "rows never filled up": lambda: _run(problem, bare()),
        "products made, then added": lambda: _run(problem, in_two),
        "arrays added by numpy": lambda: _run(problem, in_passes),
        "small parameters copied to the arena and back": lambda: _run(problem, copied),
    }


def prices() -> Iterator[str]:
    """A table: CPU time of an epoch without each thing, beside the time with it."""
    yield "| network | what is changed | CPU seconds an epoch | of the time as it is |"
    yield "|---|---|---|---|"
    for problem in (problems.tiny(), problems.lecture(), problems.digits()):
        variants = _variants(problem)
        times = interleaved(variants, 5)
        for name in variants:
            share = "" if name == "as it is" else f"{times.ratio(name, 'as it is'):.2f}"
            yield f"| {problem.name} | {name} | {times.median(name):.3g} | {share} |"
