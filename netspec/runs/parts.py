"""Which samples train, which validate, and which are kept for the test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netspec.arrays import Array
from netspec.casting import reader
from netspec.errors import DataError
from netspec.kinds import Data, Part
from netspec.model import TrainingSpec, ValidationSplit
from netspec.streams import Purpose, stream

__all__ = ["Parts", "divide"]


@dataclass(frozen=True)
class Parts:
    """The parts of a training."""

    train: Part
    validation: Part | None
    test: Part | None

    def counts(self) -> dict[str, int]:
        """The samples of each part that there is."""
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: len(part) for name, part in parts.items() if part is not None}


class _Rows:
    """Some rows of an array-like, taken when they are asked for."""

    def __init__(self, values: Any, rows: Array) -> None:
        self._rows, self._read = rows, reader(values, np.asarray, scattered=True)
        self.shape = (len(rows), *values.shape[1:])
        self.dtype = values.dtype

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        return self._read(self._rows[index])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.asarray(self._read(self._rows), dtype=dtype)


def divide(data: Data, training: TrainingSpec, seed: int) -> Parts:
    """The parts that the spec asks for: the dataset's own, the test part, or a share set apart."""
    match training.validation:
        case None:
            return Parts(data.train, data.validation, data.test)
        case "test":
            if data.test is None:
                raise DataError(
                    'the data have no test part, and "validation" is "test"',
                    'give a share instead, as in "validation": 0.1',
                )
            return Parts(data.train, data.test, data.test)
        case ValidationSplit(share=share, stratified=stratified):
            return _split(data, share, stratified, seed)
        case share:
            return _split(data, float(share), False, seed)


def _split(data: Data, share: float, stratified: bool, seed: int) -> Parts:
    count = len(data.train)
    rng = stream(seed, Purpose.SPLIT)
    if stratified:
        held_out = _stratified(data.train, share, rng)
    else:
        held_out = rng.permutation(count)[: round(share * count)]
    apart = np.zeros(count, bool)
    apart[held_out] = True
    if not 0 < apart.sum() < count:
        raise DataError(
            f"a share of {share} of {count} samples leaves one part empty", "give another share"
        )
    return Parts(_rows(data.train, ~apart), _rows(data.train, apart), data.test)


def _stratified(part: Part, share: float, rng: np.random.Generator) -> Array:
    """The same share of every class."""
    labels = _classes(np.asarray(part.targets))
    chosen = [
        rows[rng.permutation(len(rows))[: round(share * len(rows))]]
        for rows in (np.flatnonzero(labels == each) for each in np.unique(labels))
    ]
    return np.concatenate(chosen)


def _classes(targets: Array) -> Array:
    """The class of each sample: where its 1 stands among zeros, or the whole number that it is."""
    if targets.ndim == 2 and targets.shape[1] > 1:
        if ((targets == 0) | (targets == 1)).all() and (targets.sum(axis=1) == 1).all():
            return targets.argmax(axis=1)
    elif targets.ndim <= 2 and (targets == np.trunc(targets)).all():
        return targets.ravel()
    raise DataError("the targets are not one class a sample", 'leave "stratified" out')


def _rows(part: Part, mask: Array) -> Part:
    rows = np.flatnonzero(mask)
    weights = None if part.weights is None else _Rows(part.weights, rows)
    return Part(_Rows(part.inputs, rows), _Rows(part.targets, rows), weights)
