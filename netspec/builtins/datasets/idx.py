"""IDX files, the format of MNIST: a short header, then the numbers, gzipped or plain."""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, BinaryIO, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from netspec import Array, Data, DataError, Dataset, Part, Shape

from .files import GZIP, content, must_fit, open_regular, shown_name
from .labels import class_targets, known_classes, refuse_one_hot_numbers
from .scaled import Scaled

__all__ = ["IDX", "Pair", "read_idx"]

Pair = Annotated[tuple[str, str], Field(strict=False)]
"""The paths of two files: inputs, targets."""

_DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_AXES = 8
_DEFLATE_AT_MOST = 1032
"""No byte of a deflated stream stands for more bytes than this (zlib's technical details)."""


class IDX(Dataset):
    """Samples and targets from pairs of IDX files, each gzipped or plain, judged by its content.

    A plain file is mapped: what no batch asks for is never read. Unsigned bytes are divided by 255
    unless `scale` is false; other numbers stay as they are. `flatten` gives `(N, values)`,
    `channels` `(N, …, 1)`. Targets that are classes are int64 indices, or one-hot; with
    `"target_kind": "number"` they stay as they are.

    The format: Yann LeCun, "The IDX file format", on the page of the MNIST database.
    """

    paths: ClassVar[tuple[str, ...]] = ("train", "validation", "test")
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"train": ["images", "labels"]},)

    type: Literal["idx"] = "idx"
    train: Pair = Field(description="the files of inputs and targets")
    validation: Pair | None = Field(default=None, description="the files of the validation part")
    test: Pair | None = Field(default=None, description="the files of the test part")
    scale: bool = Field(default=True, description="whether bytes are divided by 255")
    flatten: bool = Field(default=False, description="whether a sample becomes one axis")
    channels: bool = Field(
        default=False, description="whether a sample gets a last axis of length 1"
    )
    target_kind: Literal["class", "number"] = Field(default="class", description="what a target is")
    one_hot: bool = Field(default=False, description="whether classes are rows of 0 and 1")

    @model_validator(mode="after")
    def _only_classes_are_one_hot(self) -> Self:
        refuse_one_hot_numbers(self.one_hot, self.target_kind)
        return self

    def parts(self) -> tuple[str, ...]:
        return tuple(self._pairs())

    def describe(self) -> str:
        return "idx " + ", ".join(pair[0] for pair in self._pairs().values())

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        files = {
            part: tuple(self.inside(root, path, part) for path in pair)
            for part, pair in self._pairs().items()
        }
        inputs = {part: self._inputs(pair[0]) for part, pair in files.items()}
        targets = {part: read_idx(pair[1]) for part, pair in files.items()}
        for part, pair in files.items():
            _same_count(pair, len(inputs[part]), len(targets[part]))
        classes: tuple[str, ...] = ()
        if self.target_kind == "class":
            named = {part: (shown_name(files[part][1]), targets[part]) for part in files}
            targets, classes = class_targets(named, known_classes(state), self.one_hot)
        return Data(
            **{part: Part(inputs[part], targets[part]) for part in files},
            classes=classes,
            files=tuple(path for pair in files.values() for path in pair),
            state={"classes": list(classes)} if classes else None,
        )

    def _pairs(self) -> Mapping[str, Pair]:
        pairs = {"train": self.train, "validation": self.validation, "test": self.test}
        return {part: pair for part, pair in pairs.items() if pair is not None}

    def _inputs(self, path: Path) -> Any:
        values = read_idx(path)
        if values.ndim == 1:
            raise DataError(
                f"{shown_name(path)}: one number a sample: these are labels, not inputs",
                "name the file of inputs first",
            )
        if self.flatten:
            values = values.reshape(len(values), math.prod(values.shape[1:]))
        if self.channels:
            values = values[..., np.newaxis]
        return Scaled(values, 255) if self.scale and values.dtype == np.uint8 else values


def read_idx(path: Path) -> Array:
    """The array of an IDX file, gzipped or plain: its content decides, never its name.

    The header is checked in Python's integers before anything is allocated. A plain file is mapped
    read-only; a gzipped one is read into memory, no further than its header declares.

    Raises DataError that names the file and what it is, LimitError where it fits no memory.
    """
    name = shown_name(path)
    with open_regular(path) as file:
        magic = file.read(len(GZIP))
        file.seek(0)
        if magic == GZIP:
            return _unzip(path, file)
        dtype, shape = _header(file, name)
        start, size = file.tell(), dtype.itemsize * math.prod(shape)
        there = os.fstat(file.fileno()).st_size - start
        if there != size:
            raise _wrong_size(name, there, size)
        if size == 0:
            return np.empty(shape, dtype)
        return np.asarray(np.memmap(file, dtype, mode="r", offset=start, shape=shape))


def _unzip(path: Path, file: BinaryIO) -> Array:
    name = shown_name(path)
    try:
        with gzip.GzipFile(fileobj=file) as unzipped:
            dtype, shape = _header(unzipped, name, "gzipped ")
            size = dtype.itemsize * math.prod(shape)
            if size > _DEFLATE_AT_MOST * os.fstat(file.fileno()).st_size:
                raise DataError(
                    f"{name}: the header declares {size} bytes, more than the file can hold",
                    "the header lies, or the file is cut",
                )
            must_fit(size, path)
            array = np.empty(shape, dtype)
            there = _fill(array, unzipped)
            if there != size:
                raise _wrong_size(name, there, size)
            return array
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(
            f"{name}: the gzip file is cut or damaged: {error}", "get the file again"
        ) from None


def _header(
    file: BinaryIO | gzip.GzipFile, name: str, form: str = ""
) -> tuple[np.dtype[Any], Shape]:
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _DTYPES or head[3] == 0:
        if len(head) == 4 and head[2:] == b"\0\0" and head[1] in _DTYPES:
            raise DataError(
                f"{name}: an IDX header with its bytes reversed", "IDX files are big-endian"
            )
        what = content(head + file.read(60))
        raise DataError(f"{name}: this is {form}{what}, not IDX", "get the file again")
    code, axes = head[2], head[3]
    if axes > _MOST_AXES:
        raise DataError(f"{name}: the header declares {axes} axes", f"at most {_MOST_AXES}")
    lengths = file.read(4 * axes)
    if len(lengths) < 4 * axes:
        raise DataError(f"{name}: cut within its header", "get the file again")
    return np.dtype(_DTYPES[code]), struct.unpack(f">{axes}I", lengths)


def _fill(array: Array, file: gzip.GzipFile) -> int:
    """Fill the array; how many bytes there were, of which at most one past its end is looked at."""
    into = array.reshape(-1).view(np.uint8).data
    there = 0
    while there < len(into):
        piece = file.read(min(2**20, len(into) - there))
        if not piece:
            return there
        into[there : there + len(piece)] = piece
        there += len(piece)
    return there + len(file.read(1))


def _wrong_size(name: str, there: int, size: int) -> DataError:
    if there < size:
        return DataError(
            f"{name}: cut: {there} of the {size} bytes that its header declares",
            "get the file again",
        )
    return DataError(
        f"{name}: bytes follow the {size} that its header declares",
        "an IDX file ends with its numbers",
    )


def _same_count(pair: tuple[Path, ...], inputs: int, targets: int) -> None:
    if inputs != targets:
        raise DataError(
            f"{shown_name(pair[0])} has {inputs} samples, {shown_name(pair[1])} has {targets}",
            "name the two files of one part, inputs first",
        )
