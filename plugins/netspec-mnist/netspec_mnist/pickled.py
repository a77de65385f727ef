"""The lecture's `mnist.pkl.gz`: a pickle, read without trust."""

from __future__ import annotations

import gzip
import shlex
import zlib
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from netspec import Array, Data, DataError, Dataset, Part, one_hot, quote, shown_name

from .mnist import DIGITS
from .one_digit import refuse_one_hot, yes_or_no
from .unpickling import arrays_of

__all__ = ["MNISTPickle", "read_pickle"]

_MOST_BYTES = 2**30
"""The published file unpacks to 220 MB; with pixels as float64 it would be 440."""


class MNISTPickle(Dataset):
    """50 000 digits to train, 10 000 for validation, 10 000 to test, from `mnist.pkl.gz`.

    The file is a gzipped pickle of three pairs, (pictures `(N, 784)`, labels `(N,)`), with the
    bytes divided by 256, as Nielsen's "Neural Networks and Deep Learning" (2015) uses it. It is
    read by an unpickler that knows arrays of numpy and nothing else. `flatten` is true here:
    pictures are `(784,)`, else `(28, 28, 1)`. With `digit` the labels are 1 for this one, else 0.
    """

    paths: ClassVar[tuple[str, ...]] = ("path",)

    type: Literal["mnist_pickle"] = "mnist_pickle"
    path: str = Field(default="mnist.pkl.gz", description="the file")
    flatten: bool = Field(default=True, description="vectors in place of rows and columns")
    one_hot: bool = Field(default=False, description="labels as ten values in place of 0 to 9")
    digit: int | None = Field(
        default=None, ge=0, le=9, description="ask for this digit only: yes or no"
    )

    @model_validator(mode="after")
    def _yes_or_no_is_one_value(self) -> Self:
        refuse_one_hot(self.digit, self.one_hot)
        return self

    def parts(self) -> tuple[str, ...]:
        return ("train", "validation", "test")

    def describe(self) -> str:
        return f"mnist_pickle {self.path}: 50000 to train, 10000 for validation, 10000 to test"

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        path = self.inside(root, self.path)
        train, validation, test = (
            self._part(pictures, labels) for pictures, labels in read_pickle(path)
        )
        data = Data(train, validation, test, DIGITS, (path,), {"classes": list(DIGITS)})
        return data if self.digit is None else yes_or_no(data, self.digit)

    def _part(self, pictures: Array, labels: Array) -> Part:
        if not self.flatten:
            pictures = pictures.reshape(len(pictures), 28, 28, 1)
        return Part(pictures, one_hot(labels, len(DIGITS)) if self.one_hot else labels)


def read_pickle(path: Path) -> list[tuple[Array, Array]]:
    """The three pairs of pictures, float32 `(N, 784)`, and labels, int64 `(N,)`.

    Raises DataError where the file is anything else, or asks for more than arrays of numpy.
    """
    name = shown_name(path)
    if not path.is_file():
        raise DataError(
            f"{name}: there is no such file",
            f"in the data's folder: python -m netspec_mnist.write_pickle {shlex.quote(name)}",
        )
    try:
        with gzip.open(path) as file:
            text = file.read(_MOST_BYTES + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(f"{name}: no gzip file, cut or damaged: {error}") from None
    if len(text) > _MOST_BYTES:
        raise DataError(f"{name}: unpacks to more than {_MOST_BYTES} bytes", "this is no MNIST")
    try:
        value = arrays_of(text)
    except DataError as error:
        raise DataError(f"{name}: {error}") from None
    if not isinstance(value, tuple) or len(value) != 3:
        raise DataError(f"{name}: not the three pairs of pictures and labels of MNIST")
    return [_pair(name, pair) for pair in value]


def _pair(name: str, pair: Any) -> tuple[Array, Array]:
    if not isinstance(pair, tuple) or [type(each) for each in pair] != [np.ndarray, np.ndarray]:
        raise DataError(f"{name}: not the three pairs of pictures and labels of MNIST")
    pictures, labels = pair
    if pictures.ndim != 2 or pictures.shape[1] != 784 or labels.shape != pictures.shape[:1]:
        raise DataError(
            f"{name}: pictures {pictures.shape} with labels {labels.shape}",
            "pictures are (N, 784), labels (N,)",
        )
    wrong = (labels < 0) | (labels > 9)
    if labels.dtype.kind not in "iu" or wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(
            f"{name}: row {row} (from 0) has the label {quote(labels[row])}", "labels are 0 to 9"
        )
    return pictures.astype(np.float32), labels.astype(np.int64)
