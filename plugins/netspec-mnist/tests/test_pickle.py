"""The lecture's pickle: arrays come out, and nothing runs."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from netspec_mnist.mnist import MNIST
from netspec_mnist.pickled import MNISTPickle

from netspec import DataError

PIXELS = (np.arange(3 * 784).reshape(3, 784) % 256 / 256).astype(np.float32)
LABELS = np.array([5, 0, 9])
PARTS = ((PIXELS, LABELS), (PIXELS[:1], LABELS[:1]), (PIXELS[:2], LABELS[:2]))


def write(folder: Path, content: bytes) -> Path:
    path = folder / "mnist.pkl.gz"
    path.write_bytes(gzip.compress(content, 1, mtime=0))
    return path


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("room", [b"numpy._core", b"numpy.core"])
def test_every_protocol_and_both_of_numpy_s_names_are_read(
    tmp_path: Path, protocol: int, room: bytes
) -> None:
    content = pickle.dumps(PARTS, protocol)
    if protocol < 4:
        content = content.replace(b"numpy._core", room)
    write(tmp_path, content)
    data = MNISTPickle().open(tmp_path)
    assert np.array_equal(data.train.inputs, PIXELS)
    assert data.train.inputs.dtype == np.float32
    assert data.train.targets.tolist() == LABELS.tolist()
    assert data.validation is not None
    assert data.test is not None
    assert (len(data.validation), len(data.test)) == (1, 2)
    assert data.classes == tuple("0123456789")


class Python2(pickle._Pickler):
    """Writes bytes as Python 2 did, as text of one byte a character."""

    def save_bytes(self, data: bytes) -> None:
        self.write(pickle.BINSTRING + len(data).to_bytes(4, "little") + data)

    dispatch = {**pickle._Pickler.dispatch, bytes: save_bytes}  # noqa: RUF012


def test_a_pickle_of_python_2_is_read(tmp_path: Path) -> None:
    content = io.BytesIO()
    Python2(content, 2).dump(PARTS)
    write(tmp_path, content.getvalue())
    data = MNISTPickle().open(tmp_path)
    assert np.array_equal(data.train.inputs, PIXELS)
    assert data.train.targets.tolist() == LABELS.tolist()


def test_shapes_and_one_hot(tmp_path: Path) -> None:
    write(tmp_path, pickle.dumps(PARTS))
    data = MNISTPickle(flatten=False, one_hot=True).open(tmp_path)
    assert data.train.inputs.shape == (3, 28, 28, 1)
    assert data.train.targets.tolist() == np.eye(10)[LABELS].tolist()


class Call:
    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call


@pytest.mark.parametrize(
    "value",
    [
        Call(os.system, "touch was-here"),
        Call(eval, "open('was-here', 'w')"),
        Call(getattr, "text", "upper"),
        Call(np.fromfile, "was-here"),
        OrderedDict(),
        (PARTS[0], PARTS[1], Call(os.mkdir, "was-here")),
        np.float64(1),
        np.array([1, "x", None], object),
        np.array(["words"]),
        np.zeros(2, "f4,i4"),
        np.zeros(2, "M8[s]"),
    ],
    ids=[
        "system",
        "eval",
        "getattr",
        "fromfile",
        "dict",
        "among",
        "scalar",
        "objects",
        "words",
        "records",
        "dates",
    ],
)
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_whatever_is_more_than_arrays_is_refused_and_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: Any, protocol: int
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, pickle.dumps(value, protocol))
    with pytest.raises(DataError, match=r"mnist\.pkl\.gz: ") as caught:
        MNISTPickle().open(tmp_path)
    assert caught.value.exit_code == 5
    assert [path.name for path in tmp_path.iterdir()] == ["mnist.pkl.gz"]


@pytest.mark.parametrize(
    "parts",
    [
        PARTS[:2],
        "text",
        {},
        [1, 2, 3],
        [(PIXELS, LABELS, LABELS)] * 3,
        [(PIXELS[:, :9], LABELS)] * 3,
        [(PIXELS, LABELS[:2])] * 3,
        [(PIXELS, LABELS + 1)] * 3,
        [(PIXELS, LABELS - 1)] * 3,
        [(PIXELS, LABELS * 1.0)] * 3,
    ],
)
def test_arrays_that_are_not_mnist_are_refused(tmp_path: Path, parts: Any) -> None:
    write(tmp_path, pickle.dumps(parts))
    with pytest.raises(DataError, match=r"mnist\.pkl\.gz: "):
        MNISTPickle().open(tmp_path)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pickle")


@given(protocol=st.sampled_from([0, 2, 4, 5]), at=st.integers(0), bit=st.integers(0, 7))
def test_a_damaged_pickle_raises_nothing_but_a_data_error(
    scratch: Path, protocol: int, at: int, bit: int
) -> None:
    tiny = np.zeros((1, 784), np.uint8), np.zeros(1, np.uint8)
    content = bytearray(pickle.dumps((tiny, tiny, tiny), protocol))
    content[at % len(content)] ^= 1 << bit
    write(scratch, bytes(content))
    with suppress(DataError):
        MNISTPickle().open(scratch)
    write(scratch, bytes(content[: at % len(content)]))
    with pytest.raises(DataError):
        MNISTPickle().open(scratch)


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x02r\xff\xff\xff\x7f.",
        b"\x80\x04N" + b"r" + b"\xff\xff\xff\xff" + b".",
        b"\x80\x04\x8e" + (2**62).to_bytes(8, "little") + b"x.",
        b"(" * 100_000,
        b"",
    ],
)
def test_a_pickle_that_asks_for_room_gets_none(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, content)
    with pytest.raises(DataError, match=r"mnist\.pkl\.gz: "):
        MNISTPickle().open(tmp_path)


def test_what_is_no_gzip_file_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"<!DOCTYPE html>", gzip.compress(pickle.dumps(PARTS), mtime=0)[:-1]):
        (tmp_path / "mnist.pkl.gz").write_bytes(content)
        with pytest.raises(DataError, match=r"mnist\.pkl\.gz: "):
            MNISTPickle().open(tmp_path)
    with pytest.raises(DataError, match=r"no such file; .*write_pickle other\.gz$"):
        MNISTPickle(path="other.gz").open(tmp_path)


def test_the_command_writes_the_lecture_s_file_from_the_database(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "netspec_mnist.write_pickle", str(tmp_path / "mnist.pkl.gz")]
    path = os.pathsep.join(filter(None, sys.path))
    subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": path})
    data = MNISTPickle().open(tmp_path)
    whole = MNIST(flatten=True, scale=False).open(tmp_path)
    assert data.validation is not None
    assert data.test is not None
    assert whole.test is not None
    assert [len(part) for part in (data.train, data.validation, data.test)] == [50000, 10000, 10000]
    assert data.train.targets[0] == 5
    assert np.array_equal(data.train.inputs * 256, whole.train.inputs[:50_000])
    assert np.array_equal(data.validation.inputs * 256, whole.train.inputs[50_000:])
    assert np.array_equal(data.validation.targets, whole.train.targets[50_000:])
    assert np.array_equal(data.test.inputs * 256, whole.test.inputs)
