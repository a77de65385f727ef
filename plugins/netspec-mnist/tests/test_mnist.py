"""The database as it was published, through the plugin's dataset."""

from __future__ import annotations

import gzip
import shutil
import struct
import time
from pathlib import Path

import numpy as np
import pytest
from netspec_mnist.mnist import MNIST, bundled

from netspec import Data, DataError, SpecError

NAMES = ("train-images", "train-labels", "t10k-images", "t10k-labels")
FILES = {name: f"{name}-idx{3 if 'images' in name else 1}-ubyte" for name in NAMES}


@pytest.fixture(scope="module")
def data() -> Data:
    return MNIST().open(Path("nowhere"))


def raw(name: str) -> np.ndarray:
    """The numbers of a bundled file, by the format's page alone."""
    content = gzip.decompress((bundled() / (FILES[name] + ".gz")).read_bytes())
    return np.frombuffer(content, np.uint8, offset=16 if "images" in name else 8)


def test_sixty_thousand_to_train_and_ten_thousand_to_test(data: Data) -> None:
    assert data.train.inputs.shape == (60_000, 28, 28, 1)
    assert data.test is not None
    assert data.test.inputs.shape == (10_000, 28, 28, 1)
    assert data.validation is None
    assert MNIST().parts() == ("train", "test")
    assert data.classes == tuple("0123456789")


def test_the_first_labels_and_their_counts_are_the_published_ones(data: Data) -> None:
    assert data.train.targets[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(data.train.targets).tolist() == counts
    assert data.test is not None
    assert data.test.targets[:5].tolist() == [7, 2, 1, 0, 4]


def test_pixels_are_the_bytes_divided_by_255(data: Data) -> None:
    pixels = raw("train-images")
    mean = int(pixels.sum(dtype=np.int64)) / pixels.size / 255
    assert mean == pytest.approx(0.1306604762738429, abs=1e-15)
    chosen = np.array([59_999, 0, 31_415])
    batch = data.train.inputs[chosen]
    assert batch.dtype == np.float32
    expected = pixels.reshape(60_000, 28, 28, 1)[chosen].astype(np.float32) / np.float32(255)
    assert np.array_equal(batch, expected)
    assert (batch.min(), batch.max()) == (0, 1)


def test_flatten_and_one_hot(data: Data) -> None:
    flat = MNIST(flatten=True, one_hot=True, scale=False).open(Path("nowhere"))
    assert flat.train.inputs.shape == (60_000, 784)
    assert np.array_equal(flat.train.inputs.ravel(), raw("train-images"))
    assert flat.train.targets.shape == (60_000, 10)
    assert np.array_equal(flat.train.targets.argmax(axis=1), data.train.targets)
    assert flat.train.targets.sum() == 60_000


def test_opening_is_quick() -> None:
    """The best of three, since the machine may be busy; it takes a third of the bound."""

    def once() -> float:
        start = time.perf_counter()
        MNIST().open(Path("nowhere"))
        return time.perf_counter() - start

    assert min(once() for _ in range(3)) < 1.2


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of the user's with the four files, small ones, gzipped."""
    folder = tmp_path / "own"
    folder.mkdir()
    for name in NAMES:
        count = 20 if "train" in name else 5
        write(folder / (FILES[name] + ".gz"), gzip.compress(small(name, count), mtime=0))
    return folder


def small(name: str, count: int) -> bytes:
    if "images" in name:
        header = struct.pack(">4I", 2051, count, 28, 28)
        return header + raw(name)[: count * 784].tobytes()
    return struct.pack(">2I", 2049, count) + raw(name)[:count].tobytes()


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


@pytest.mark.parametrize("unpacked", ["plain", "dot", "plain named gz", "gz named plain", "gz"])
def test_files_of_the_user_are_judged_by_content_under_every_usual_name(
    own: Path, unpacked: str
) -> None:
    for path in list(own.iterdir()):
        plain, content = path.with_suffix(""), gzip.decompress(path.read_bytes())
        if unpacked == "plain named gz":
            write(path, content)
        elif unpacked == "gz named plain":
            shutil.move(path, plain)
        elif unpacked != "gz":
            path.unlink()
            name = plain.name.replace("-idx", ".idx") if unpacked == "dot" else plain.name
            write(own / name, content)
    data = MNIST(folder="own", flatten=True).open(own.parent)
    assert data.train.inputs.shape == (20, 784)
    assert data.train.targets[:3].tolist() == [5, 0, 4]
    assert data.classes == tuple("0123456789")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("train-images", b"<!DOCTYPE html><title>404</title>", "a web page"),
        ("train-images", gzip.compress(small("train-images", 20)[:-1], mtime=0), "cut"),
        ("train-images", gzip.compress(small("train-labels", 20), mtime=0), "labels"),
        ("train-labels", gzip.compress(small("train-images", 20), mtime=0), "no classes"),
        (
            "train-labels",
            gzip.compress(small("train-labels", 19), mtime=0),
            "has 20 samples.*has 19",
        ),
        ("t10k-labels", struct.pack(">2I", 2049, 5) + b"\0\1\2\3\x0a", "row 4.*0 to 9"),
        ("t10k-images", struct.pack(">4I", 2051, 5, 2, 2) + bytes(20), "28 by 28"),
        ("train-images", struct.pack("<4I", 2051, 20, 28, 28) + bytes(15680), "reversed"),
    ],
)
def test_files_that_cannot_be_mnist_are_refused(
    own: Path, name: str, content: bytes, says: str
) -> None:
    write(own / (FILES[name] + ".gz"), content)
    with pytest.raises(DataError, match=says):
        MNIST(folder="own").open(own.parent)


def test_a_file_that_is_missing_is_named(own: Path) -> None:
    (own / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte\.gz: there is no such file"):
        MNIST(folder="own").open(own.parent)


def test_a_folder_outside_the_data_s_is_refused(own: Path) -> None:
    with pytest.raises(SpecError, match="/training/data/folder"):
        MNIST(folder="..").open(own)
