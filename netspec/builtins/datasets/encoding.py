"""What a table's columns become: numbers as they are, words one-hot, classes as indices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from netspec import Array, ModelError, quote

from .columns import Reading
from .numerals import Numerals

__all__ = ["Encoding", "Feature", "learn_classes", "learn_words"]


class Feature(BaseModel):
    """A column that is an input: by name or index, with its vocabulary where it holds words."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    column: str | int
    words: list[str] | None = None

    @property
    def width(self) -> int:
        """How many values it gives a sample."""
        return 1 if self.words is None else len(self.words)


class Encoding(BaseModel):
    """What is learned from a table, in JSON: its inputs' columns, their words, and the classes.

    `columns` is how many columns the training file had.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    columns: int
    features: list[Feature]
    classes: list[str] | None = None

    @classmethod
    def read(cls, state: Mapping[str, Any]) -> Encoding:
        """The encoding that a model's state holds. ModelError where it holds none."""
        try:
            return cls.model_validate(state)
        except ValidationError:
            raise ModelError(
                "the state of the data is not what csv writes",
                "train the model again, or take its model.json as it was written",
                path=("data_state",),
            ) from None

    def inputs(self, reading: Reading) -> Array:
        """`(N, values)` float64: a number is one value, a word one of its vocabulary's columns."""
        whole = np.zeros((len(reading), self.width))
        start = 0
        for feature in self.features:
            values = reading.values[feature.column]
            if feature.words is None:
                whole[:, start] = values
            else:
                positions = _positions(reading, feature.column, values, feature.words)
                whole[np.arange(len(reading)), start + positions] = 1
            start += feature.width
        return whole

    @property
    def width(self) -> int:
        """How many values a sample has."""
        return sum(feature.width for feature in self.features)

    def labels(self, reading: Reading, target: str | int, numerals: Numerals) -> Array:
        """`(N,)` int64: where the class stands among the sorted classes."""
        classes = self.classes or []
        words: Iterable[str] = reading.values[target]
        if all(numerals.number(name) is not None for name in classes):
            words = _as_whole_numbers(words, numerals)
        return _positions(reading, target, words, classes)


def learn_words(readings: Sequence[Reading], column: str | int) -> list[str]:
    """The words of a column, sorted."""
    return sorted(set().union(*(reading.values[column] for reading in readings)))


def learn_classes(readings: Sequence[Reading], target: str | int, numerals: Numerals) -> list[str]:
    """The names of the classes: words, sorted; or, where all are numbers, in the numbers' order.

    Raises DataError for a number below 0 or with a fraction: no class has such a name.
    """
    words = learn_words(readings, target)
    if any(numerals.number(word) is None for word in words):
        return words
    wrong = {word for word in words if numerals.whole(word) is None}
    for reading in readings:
        reading.refuse(
            target,
            np.array([word in wrong for word in reading.values[target]], np.bool_),
            "is no class",
            "classes are words, or whole numbers from 0; targets that are no classes want "
            '"target_kind": "number"',
        )
    return sorted(set(_as_whole_numbers(words, numerals)), key=int)


def _as_whole_numbers(words: Iterable[str], numerals: Numerals) -> list[str]:
    """`1.0` and `01` as `1`; what is no whole number stays."""
    numbers = ((word, numerals.whole(word)) for word in words)
    return [word if number is None else str(number) for word, number in numbers]


def _positions(
    reading: Reading, column: str | int, words: Iterable[str], known: Sequence[str]
) -> Array:
    index = {word: place for place, word in enumerate(known)}
    found = np.array([index.get(word, -1) for word in words], np.int64)
    allowed = ", ".join(map(quote, known[:20])) + (", …" if len(known) > 20 else "")
    named = f" in the column {quote(column)}" if isinstance(column, str) else ""
    what = f"{named.strip()} was not there in training".strip()
    reading.refuse(column, found < 0, what, f"allowed: {allowed}")
    return found
