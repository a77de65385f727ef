"""CSV files: tables of numbers and words, one row a sample."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, PlainValidator, model_validator

from netspec import Array, Data, DataError, Dataset, Many, Part, SpecError, quote

from .columns import Column, Missing, Reading, read_columns
from .encoding import Encoding, Feature, learn_classes, learn_words
from .files import must_fit
from .labels import one_hot, refuse_one_hot_numbers
from .numerals import Numerals
from .table import Table, open_table

__all__ = ["CSV", "Key"]


def _key(value: Any) -> str | int:
    if isinstance(value, str) or (type(value) is int and value >= 0):
        return value
    raise SpecError(
        f"{quote(value)} names no column",
        "write its name, or its index from 0 where there is no header",
    )


def _missing(value: Any) -> Missing:
    if value is None or value == "drop":
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300:
        return float(value)
    raise SpecError(
        f'"missing" is {quote(value)}', 'it must be "drop", a number, or null: a refusal'
    )


Key = Annotated[str | int, PlainValidator(_key, json_schema_input_type=str | int)]
"""A column: its name, or its index from 0 where there is no header."""


class CSV(Dataset):
    """Rows of a CSV file as samples: numbers as they are, words one-hot, classes as indices.

    - `header`: whether the first row holds the columns' names. Nothing about a file is guessed.
    - `delimiter` between cells, `decimal` in numbers; the machine's locale plays no part.
    - `target`: the column to predict; a `class` (words, or whole numbers from 0) or a `number`.
    - `features`: the columns that are inputs, in this order; by default all others.
    - `categories`: the features that hold words: one column of 0 and 1 for each word that the
      training and validation files have, in sorted order. Every other feature holds numbers.
    - `missing`: what becomes of an empty cell, `?`, `NA`, `N/A`, `NaN` or `null` in a column that
      is used: null refuses it, `"drop"` leaves its row out, a number stands in its place.
    - `one_hot`: the classes as rows of 0 and 1 in place of indices.

    Columns are named, or given by index from 0 where there is no header. Inputs are `(N, values)`,
    targets `(N,)`, or `(N, classes)` where `one_hot`. The format: RFC 4180, in UTF-8.
    """

    paths: ClassVar[tuple[str, ...]] = ("path", "validation", "test")
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"path": "iris.csv", "target": "species"},)

    type: Literal["csv"] = "csv"
    path: str = Field(description="the file")
    validation: str | None = Field(default=None, description="the file of the validation part")
    test: str | None = Field(default=None, description="the file of the test part")
    header: bool = Field(default=True, description="whether the first row names the columns")
    delimiter: str = Field(default=",", description="the sign between cells")
    decimal: Literal[".", ","] = Field(default=".", description="the sign within numbers")
    missing: Annotated[
        Missing, PlainValidator(_missing, json_schema_input_type=Literal["drop"] | float | None)
    ] = Field(default=None, description="what stands for a missing value")
    features: Many[Key] | None = Field(
        default=None, min_length=1, description="the columns that are inputs; none: all others"
    )
    target: Key = Field(description="the column to predict")
    categories: Many[Key] = Field(default=(), description="the features that hold words")
    target_kind: Literal["class", "number"] = Field(default="class", description="what a target is")
    one_hot: bool = Field(default=False, description="whether classes are rows of 0 and 1")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        refuse_one_hot_numbers(self.one_hot, self.target_kind)
        self._check_signs()
        for field, keys in (
            ("target", (self.target,)),
            ("features", self.features or ()),
            ("categories", self.categories),
        ):
            self._check_keys(field, keys)
        return self

    def _check_signs(self) -> None:
        mark = self.delimiter
        if len(mark) != 1 or mark.isalnum() or mark in '"\r\n\0+-.':
            raise SpecError(
                f'"delimiter" is {quote(mark)}',
                'it must be one sign, such as "," ";" or a tab',
                path=("delimiter",),
            )
        if mark == self.decimal:
            raise SpecError(
                '"delimiter" and "decimal" are the same sign', 'try ";"', path=("delimiter",)
            )

    def _check_keys(self, field: str, keys: Sequence[str | int]) -> None:
        wanted = str if self.header else int
        for key in keys:
            if not isinstance(key, wanted):
                raise SpecError(
                    f'"{field}" has the column {quote(key)}',
                    "columns go by name" if self.header else 'with "header": false by index from 0',
                    path=(field,),
                )
        if len(set(keys)) != len(keys):
            raise SpecError(f'"{field}" names a column twice', path=(field,))
        if field != "target" and self.target in keys:
            raise SpecError(f"the target {quote(self.target)} is no feature", path=(field,))
        if field == "categories" and self.features is not None:
            for key in set(keys) - set(self.features):
                raise SpecError(f"the category {quote(key)} is no feature", path=(field,))

    def parts(self) -> tuple[str, ...]:
        return tuple(self._paths())

    def describe(self) -> str:
        return f"csv {self.path}, target {quote(self.target)}"

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        paths = {
            part: self.inside(root, path, "path" if part == "train" else part)
            for part, path in self._paths().items()
        }
        encoding = None if state is None else Encoding.read(state)
        readings: dict[str, Reading] = {}
        for part, path in paths.items():
            with open_table(path, self.header, self.delimiter) as table:
                encoding = encoding or self._unlearned(table)
                columns = [*self._inputs(encoding), self._target()]
                readings[part] = read_columns(table, columns, self._numerals, self.missing)
            if not len(readings[part]):
                raise DataError(f"{readings[part].name}: no row is left", "a part needs a sample")
        assert encoding is not None
        if state is None:
            encoding = self._learned(encoding, readings)
        return Data(
            **{
                part: self._part(paths[part], reading, encoding)
                for part, reading in readings.items()
            },
            classes=tuple(encoding.classes or ()),
            files=tuple(paths.values()),
            state=encoding.model_dump(),
        )

    def read_inputs(self, source: Path, state: dict[str, Any] | None) -> Array | None:
        """`(N, values)` from a CSV file that may lack the target; other files are not its own.

        With a header columns go by name. Without one the file has the columns of the training file,
        or all of them but the target.
        """
        if source.suffix.lower() not in {".csv", ".tsv", ".txt", ".data"}:
            return None
        if state is None and self.categories:
            raise DataError(
                '"categories" are not known before training', "give a model that was trained"
            )
        with open_table(source, self.header, self.delimiter) as table:
            encoding = self._unlearned(table) if state is None else Encoding.read(state)
            table.leave_out(self.target, encoding.columns)
            columns = self._inputs(encoding)
            reading = read_columns(table, columns, self._numerals, self.missing, every_row=True)
        must_fit(8 * len(reading) * encoding.width, source)
        return encoding.inputs(reading)

    def _paths(self) -> dict[str, str]:
        paths = {"train": self.path, "validation": self.validation, "test": self.test}
        return {part: path for part, path in paths.items() if path is not None}

    @property
    def _numerals(self) -> Numerals:
        return Numerals(self.decimal)

    def _inputs(self, encoding: Encoding) -> list[Column]:
        return [
            Column(feature.column, words=feature.words is not None) for feature in encoding.features
        ]

    def _target(self) -> Column:
        return Column(self.target, words=self.target_kind == "class", target=True)

    def _unlearned(self, table: Table) -> Encoding:
        """Which columns are the inputs, before any word was seen."""
        keys = table.all_but(self.target) if self.features is None else self.features
        for key in set(self.categories) - set(keys):
            table.index(key)
        features = [
            Feature(column=key, words=[] if key in self.categories else None) for key in keys
        ]
        if not features:
            raise DataError(f"{table.name}: no column is left for the inputs")
        return Encoding(columns=table.width, features=features)

    def _learned(self, encoding: Encoding, readings: dict[str, Reading]) -> Encoding:
        """With the words and the classes of the training and validation parts."""
        seen = [readings[part] for part in ("train", "validation") if part in readings]
        features = [
            feature
            if feature.words is None
            else Feature(column=feature.column, words=learn_words(seen, feature.column))
            for feature in encoding.features
        ]
        classes = None
        if self.target_kind == "class":
            classes = learn_classes(seen, self.target, self._numerals)
        return Encoding(columns=encoding.columns, features=features, classes=classes)

    def _part(self, path: Path, reading: Reading, encoding: Encoding) -> Part:
        classes = len(encoding.classes or ())
        must_fit(8 * len(reading) * (encoding.width + (classes if self.one_hot else 1)), path)
        inputs = encoding.inputs(reading)
        if self.target_kind == "number":
            return Part(inputs, reading.values[self.target])
        labels = encoding.labels(reading, self.target, self._numerals)
        return Part(inputs, one_hot(labels, classes) if self.one_hot else labels)
