"""What a dataset promises: as far as it can be shown without its files, and with them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from netspec.arrays import Array
from netspec.errors import NetspecError
from netspec.kinds import Data, Dataset, Part

from .common import COMMON
from .findings import Check, prove

__all__ = ["check_dataset"]

_PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class _Shelf:
    dataset: Dataset
    root: Path

    def open(self, state: dict[str, Any] | None = None) -> Data:
        return self.dataset.open(self.root, state)


def check_dataset(
    dataset: Dataset,
    root: Path | None = None,
    *,
    expected: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Prove a dataset whose files are in `root`; without a root, what holds where none is.

    Raises AssertionError with every fault.
    """
    what = f"{type(dataset).__qualname__} (dataset {dataset.type})"
    parts: list[tuple[Any, Any]] = [(dataset, (*COMMON, _says_what_it_has, _without_files))]
    if root is not None:
        parts.append((_Shelf(dataset, root), _WITH_FILES))
    return prove(what, *parts, expected=expected)


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


def _same_parts(shelf: _Shelf) -> Iterator[str]:
    """The parts that were announced are there, and no others."""
    there = {name for name in _PARTS if getattr(shelf.open(), name) is not None}
    if there != set(shelf.dataset.parts()):
        yield f"it announces {shelf.dataset.parts()}, and opens {sorted(there)}"


def _rows(shelf: _Shelf) -> Iterator[str]:
    """Rows are taken by number, alike in any order, and hold numbers."""
    for name, part in _parts(shelf.open()):
        if not len(part):
            continue
        index = np.array([len(part) - 1, 0])
        for what, values in (("inputs", part.inputs), ("targets", part.targets)):
            taken = np.asarray(values[index])
            if np.dtype(values.dtype).kind not in "fiub":
                yield f"{name}: the {what} are {values.dtype}, not numbers"
            if taken.shape != (2, *tuple(values.shape)[1:]):
                yield f"{name}: two rows of the {what} have shape {taken.shape}"
            elif not np.array_equal(taken[1], np.asarray(values[np.array([0])])[0]):
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


def _parts(data: Data) -> Iterator[tuple[str, Part]]:
    for name in _PARTS:
        part = getattr(data, name)
        if part is not None:
            yield name, part


def _same(a: Any, b: Any) -> bool:
    index = np.arange(min(len(a), 100))
    first: Array = np.asarray(a[index])
    return len(a) == len(b) and np.array_equal(first, np.asarray(b[index]))


_WITH_FILES: tuple[Check[_Shelf], ...] = (_same_parts, _rows, _state)
