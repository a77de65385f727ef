"""What a dataset promises: of itself, and of the data that it opens."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from netspec.arrays import Array
from netspec.casting import check_data
from netspec.errors import DataError, NetspecError
from netspec.kinds import Data, Dataset, Part

from .findings import Check, prove

__all__ = ["check_dataset"]

_PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class _Shelf:
    """A dataset and the folder of its files; without one it is opened in an empty folder."""

    dataset: Dataset
    root: Path | None

    def open(self, state: dict[str, Any] | None = None) -> Data:
        with TemporaryDirectory() as empty:
            return self.dataset.open(self.root or Path(empty), state)


def check_dataset(
    dataset: Dataset,
    root: Path | None = None,
    *,
    expected: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Prove a dataset whose files are in `root`; without a root, one that needs none, or what holds
    of one whose files are not there.

    Raises AssertionError with every fault.
    """
    shelf = _Shelf(dataset, root)
    checks = _WITH_DATA if root is not None or _opens(shelf) else ()
    return prove(dataset, (_says_what_it_has, _without_files), (shelf, checks), expected=expected)


def _opens(shelf: _Shelf) -> bool:
    """Whether there are data without a file; what is raised without netspec's wish, is told later."""
    try:
        shelf.open()
    except Exception:
        return False
    return True


def _says_what_it_has(dataset: Dataset) -> Iterator[str]:
    """Parts and description are known without opening anything."""
    parts = dataset.parts()
    if "train" not in parts or not set(parts) <= set(_PARTS):
        yield f"parts() is {parts!r}, of {_PARTS} at least train"
    described = dataset.describe()
    if not described or "\n" in described:
        yield f"describe() is {described!r}, not one line"


def _without_files(dataset: Dataset) -> Iterator[str]:
    """In an empty folder it gives data all the same, or an error of netspec, and writes nothing."""
    with TemporaryDirectory() as folder:
        with suppress(NetspecError):
            dataset.open(Path(folder))
        if any(Path(folder).iterdir()):
            yield "it writes into the data's folder"


def _data(shelf: _Shelf) -> Iterator[str]:
    """What it opens are `Data` whose parts hold arrays of numbers."""
    try:
        check_data(shelf.open())
    except DataError as error:
        yield str(error)


def _same_parts(shelf: _Shelf) -> Iterator[str]:
    """The parts that were announced are there, and no others."""
    there = {name for name in _PARTS if getattr(shelf.open(), name) is not None}
    if there != set(shelf.dataset.parts()):
        yield f"it announces {shelf.dataset.parts()}, and opens {sorted(there)}"


def _determinism(shelf: _Shelf) -> Iterator[str]:
    """Opened twice, it gives the same numbers."""
    for (name, one), (_, other) in zip(_parts(shelf.open()), _parts(shelf.open()), strict=True):
        if not _same(one.inputs, other.inputs) or not _same(one.targets, other.targets):
            yield f"opened again, {name} holds other numbers: draw from a generator with a seed"


def _rows(shelf: _Shelf) -> Iterator[str]:
    """Rows are taken by number, alike in any order, and hold finite numbers."""
    for name, part in _parts(shelf.open()):
        if not len(part):
            continue
        index = np.array([len(part) - 1, 0])
        for what, values in (("inputs", part.inputs), ("targets", part.targets)):
            taken = np.asarray(values[index])
            if not np.isfinite(_first(values)).all():
                yield f"{name}: the {what} hold a number that is not finite"
            if taken.shape != (2, *tuple(values.shape)[1:]):
                yield f"{name}: two rows of the {what} have shape {taken.shape}"
            elif not np.array_equal(taken[1:], values[np.array([0])], equal_nan=True):
                yield f"{name}: a row of the {what} depends on the rows taken with it"


def _state(shelf: _Shelf) -> Iterator[str]:
    """What it learned is JSON, and with it the same data come out, and nothing is learned."""
    first = shelf.open()
    if first.state is None:
        return
    again = shelf.open(json.loads(json.dumps(first.state, allow_nan=False)))
    if again.state != first.state or again.classes != first.classes:
        yield "opened with its own state, it learns another"
    for (name, one), (_, other) in zip(_parts(first), _parts(again), strict=True):
        if not _same(one.inputs, other.inputs) or not _same(one.targets, other.targets):
            yield f"opened with its own state, {name} holds other numbers"


_SCRIPT = """
import json, pickle, sys
from pathlib import Path
try:
    dataset = pickle.loads(sys.stdin.buffer.read())
except (ImportError, AttributeError):
    sys.exit()
data = dataset.open(Path(sys.argv[1]))
print(json.dumps([data.state, data.classes]))
"""


def _any_process(shelf: _Shelf) -> Iterator[str]:
    """Another process learns the same; a class that it cannot import is not asked."""
    data = shelf.open()
    if data.state is None and not data.classes:
        return
    try:
        pickled = pickle.dumps(shelf.dataset)
    except (AttributeError, pickle.PicklingError):
        return
    # Python orders a set of words by a hash that this seed changes.
    others = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": "17"}
    with TemporaryDirectory() as empty:
        done = subprocess.run(
            [sys.executable, "-c", _SCRIPT, str(shelf.root or empty)],
            input=pickled,
            env={**os.environ, **others},
            capture_output=True,
            check=False,
        )
    learned = json.loads(json.dumps([data.state, data.classes]))
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        yield f"another process cannot open it: {said}"
    elif done.stdout and json.loads(done.stdout) != learned:
        yield "another process learns another state: sort what comes out of a set"


def _parts(data: Data) -> Iterator[tuple[str, Part]]:
    for name in _PARTS:
        part = getattr(data, name)
        if part is not None:
            yield name, part


def _first(values: Any) -> Array:
    return np.asarray(values[np.arange(min(len(values), 100))])


def _same(a: Any, b: Any) -> bool:
    return len(a) == len(b) and np.array_equal(_first(a), _first(b), equal_nan=True)


_WITH_DATA: tuple[Check[_Shelf], ...] = (
    _data,
    _same_parts,
    _determinism,
    _rows,
    _state,
    _any_process,
)
