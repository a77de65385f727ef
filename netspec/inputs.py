"""Inputs for a prediction, from a file or from standard input."""

from __future__ import annotations

import json
import math
import sys
import zipfile
import zlib
from collections.abc import Iterator
from os import PathLike
from os.path import exists, isfile
from pathlib import Path
from typing import Any

import numpy as np

from netspec.arrays import Array
from netspec.casting import check_finite
from netspec.document import parse
from netspec.errors import DataError, LimitError, SpecError, quote
from netspec.kinds import Dataset

__all__ = ["MOST_BYTES", "read_inputs"]

MOST_BYTES = 2**32
"""How many bytes a text, or what comes out of a compressed array, may have."""

_NUMPY = (ValueError, TypeError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError)


def read_inputs(
    source: str | PathLike[str],
    dataset: Dataset | None = None,
    state: dict[str, Any] | None = None,
    *,
    dtype: np.dtype[Any] | None = None,
    most: int = MOST_BYTES,
) -> Any:
    """The samples of a file, an array-like `(N, …)`.

    The dataset, with the state that it learned in training, reads the files that it has rules for,
    as csv has. Others go by their suffix: `.npy` (mapped), `.npz` (the array `x`, or the only one),
    `.json` (a list of samples), `.jsonl` (a sample a line). `"-"` is standard input, either JSON.

    Raises DataError where the file is missing, is no such file, has no samples, or holds a number
    that is not finite, also as the floating `dtype` holds it; LimitError where it is over `most`
    bytes.
    """
    path = Path(source)
    if str(source) == "-":
        if sys.stdin is None:
            raise DataError("standard input is closed", "name a file of inputs")
        text = sys.stdin.buffer.read(most + 1)
        return _checked(_from_text(text, "<stdin>", most), "<stdin>", dtype)
    if not isfile(path):
        there = "is no file" if exists(path) else "does not exist"
        raise DataError(f"{quote(path)} {there}", "name a file of inputs, or - for standard input")
    try:
        own = None if dataset is None else dataset.read_inputs(path, state)
        return _checked(own if own is not None else _by_suffix(path, most), path.name, dtype)
    except OSError as error:
        raise DataError(f"{quote(path)} cannot be read: {error.strerror or error}") from None
    except MemoryError:
        raise LimitError(f"{quote(path)} does not fit into memory", "split it") from None


def _by_suffix(path: Path, most: int) -> Any:
    match path.suffix.lower():
        case ".npy":
            return _npy(path)
        case ".npz":
            return _npz(path, most)
        case ".json" | ".jsonl":
            with path.open("rb") as file:
                return _from_text(file.read(most + 1), path.name, most)
        case ".csv":
            raise DataError(
                f"{quote(path)}: the dataset of this model has no rules for a table",
                'say them with --data, as in {"type": "csv", …}',
            )
    raise DataError(
        f"{quote(path)} has the suffix {quote(path.suffix)}",
        "inputs are .npy, .npz, .json, .jsonl, or what the dataset reads, as .csv",
    )


def _checked(values: Any, name: str, dtype: np.dtype[Any] | None) -> Any:
    if not values.shape:
        raise DataError(f"{quote(name)} is a single number", "the first axis counts the samples")
    if not len(values):
        raise DataError(f"{quote(name)} has no samples", "give at least one")
    check_finite(values, quote(name), dtype)
    return values


def _npy(path: Path) -> Array:
    try:
        with path.open("rb") as file:
            shape, fortran, dtype = _header(file)
            start = file.tell()
        if not math.prod(shape):
            return np.empty(shape, dtype)
        order: Any = "F" if fortran else "C"
        return np.asarray(np.memmap(path, dtype, "r", start, shape, order))
    except _NUMPY as error:
        raise _no_array(path.name, error) from None


def _npz(path: Path, most: int) -> Array:
    try:
        with zipfile.ZipFile(path) as archive:
            name = _member(path, archive.namelist())
            with archive.open(name) as file:
                shape, _, dtype = _header(file)
                size = dtype.itemsize * math.prod(shape)
                if size > most:
                    raise LimitError(
                        f"{quote(path)}: {quote(name)} has {size:,} bytes, the limit is {most:,}",
                        "split it, or save it as .npy, which is mapped",
                    )
                if file.tell() + size != archive.getinfo(name).file_size:
                    raise ValueError("its header declares another size")
            with archive.open(name) as file:
                values: Array = np.lib.format.read_array(file, allow_pickle=False)
                return values
    except (*_NUMPY, RuntimeError) as error:
        raise _no_array(path.name, error) from None


def _member(path: Path, names: list[str]) -> str:
    if "x.npy" in names:
        return "x.npy"
    if len(names) != 1:
        listed = ", ".join(quote(name.removesuffix(".npy")) for name in names[:8]) or "none"
        raise DataError(f"{quote(path)} has the arrays {listed}", 'the inputs must be called "x"')
    return names[0]


def _header(file: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether the first axis varies fastest, and dtype; never a dtype with objects."""
    version = np.lib.format.read_magic(file)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read is None:
        raise ValueError(f"its format is {version}")
    shape, fortran, dtype = read(file)
    if dtype.kind not in "fiub":
        raise ValueError(f"it holds {dtype}, which are no numbers")
    return shape, fortran, dtype


def _no_array(name: str, error: Exception) -> DataError:
    return DataError(
        f"{quote(name)} cannot be read as an array: {error}",
        "write it with numpy.save or numpy.savez; objects are never read",
    )


def _from_text(data: bytes, name: str, most: int) -> Array:
    """A list of samples as one JSON value, or a sample a line."""
    if len(data) > most:
        raise LimitError(f"{quote(name)} has more than {most:,} bytes", "split it")
    samples = list(_lines(data, name, most))
    if len(samples) == 1 and not name.endswith(".jsonl"):
        samples = samples[0] if isinstance(samples[0], list) else samples
    try:
        values = np.asarray(samples)
    except ValueError:
        raise DataError(
            f"{quote(name)}: {_odd_one(samples)}", "every sample has the same shape"
        ) from None
    if values.dtype.kind not in "fiub":
        raise DataError(f"{quote(name)} holds more than numbers", "a sample is a list of numbers")
    return values


def _lines(data: bytes, name: str, most: int) -> Iterator[Any]:
    """The JSON values of a text: one that fills it, or one a line."""
    try:
        whole = _is_whole(data)
        if name.endswith(".jsonl") or not whole:
            for number, line in enumerate(data.split(b"\n"), 1):
                if line.strip():
                    yield parse(line, f"{name}:{number}", max_bytes=most).value
        elif data.strip():
            yield parse(data, name, max_bytes=most).value
    except SpecError as error:
        raise DataError.of(error.faults) from None


def _is_whole(data: bytes) -> bool:
    """Whether the text is not several JSON values, a line each."""
    first, _, rest = data.strip().partition(b"\n")
    if not rest:
        return True
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return True
    return False


def _odd_one(samples: list[Any]) -> str:
    """Which sample differs from the first."""
    shapes: list[Any] = []
    for sample in samples:
        try:
            shapes.append(np.shape(sample))
        except ValueError:
            shapes.append("rows of different lengths")
    at = next((at for at, shape in enumerate(shapes) if shape != shapes[0]), 0)
    return f"sample {at} (counted from 0) has {shapes[at]}, the first {shapes[0]}"
