"""IDX files: what was written is read, and nothing else is."""

from __future__ import annotations

import gzip
import os
import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from netspec import IDX, DataError, SpecError, read_idx

CODES = {"u1": 0x08, "i1": 0x09, ">i2": 0x0B, ">i4": 0x0C, ">f4": 0x0D, ">f8": 0x0E}


def idx_bytes(array: np.ndarray, code: int | None = None) -> bytes:
    if code is None:
        code = next(c for written, c in CODES.items() if np.dtype(written) == array.dtype)
    return struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape) + array.tobytes()


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("idx")


IMAGES = np.arange(5 * 3 * 4, dtype=np.uint8).reshape(5, 3, 4)
LABELS = np.array([0, 2, 1, 2, 0], np.uint8)

arrays = st.sampled_from(sorted(CODES)).flatmap(
    lambda dtype: hnp.arrays(np.dtype(dtype), hnp.array_shapes(min_side=0, max_dims=4, max_side=4))
)


@given(array=arrays, zipped=st.booleans())
def test_what_was_written_is_read(scratch: Path, array: np.ndarray, zipped: bool) -> None:
    content = idx_bytes(array)
    read = read_idx(write(scratch / "a", gzip.compress(content, 1, mtime=0) if zipped else content))
    assert read.dtype == array.dtype
    assert read.shape == array.shape
    assert read.tobytes() == array.tobytes()


def test_a_plain_file_is_mapped_and_cannot_be_written(tmp_path: Path) -> None:
    read = read_idx(write(tmp_path / "plain.gz", idx_bytes(IMAGES)))
    assert isinstance(read.base, np.memmap)
    assert not read.flags.writeable


@given(zipped=st.booleans(), data=st.data())
def test_a_file_cut_anywhere_is_refused(scratch: Path, zipped: bool, data: st.DataObject) -> None:
    content = gzip.compress(idx_bytes(IMAGES), mtime=0) if zipped else idx_bytes(IMAGES)
    cut = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(DataError, match="cut-here"):
        read_idx(write(scratch / "cut-here", content[:cut]))


@given(zipped=st.booleans(), bit=st.integers(0, 10_000))
def test_a_flipped_bit_is_refused_or_changes_one_number(
    scratch: Path, zipped: bool, bit: int
) -> None:
    content = bytearray(gzip.compress(idx_bytes(IMAGES), mtime=0) if zipped else idx_bytes(IMAGES))
    content[bit // 8 % len(content)] ^= 1 << bit % 8
    try:
        read = read_idx(write(scratch / "flipped", bytes(content)))
    except DataError:
        return
    assert read.nbytes == IMAGES.nbytes


@given(content=st.binary(max_size=80))
def test_any_bytes_are_read_or_refused_and_nothing_else(scratch: Path, content: bytes) -> None:
    for written in (
        content,
        b"\0\0\x08\x01" + content,
        gzip.compress(content, mtime=0),
        b"\x1f\x8b" + content,
    ):
        with suppress(DataError):
            read_idx(write(scratch / "any", written))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "an empty file"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b"\n <html>not found</html>", "a web page"),
        (gzip.compress(b"<!DOCTYPE html>", mtime=0), "a web page"),
        (b"PK\x03\x04" + bytes(40), "a zip archive"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        (b"not here", "text"),
        (b"\xff\xd8\xff\xe0", "ff d8 ff e0"),
        (b"\0\0\x07\x01\0\0\0\0", "something else"),
        (b"\0\0\x08\x00", "something else"),
        (struct.pack("<II", 2051, 5), "bytes reversed"),
        (struct.pack("<II", 2049, 5), "bytes reversed"),
        (b"\0\0\x08\x09" + bytes(36), "9 axes"),
        (idx_bytes(IMAGES)[:-1], "59 of the 60 bytes"),
        (idx_bytes(IMAGES) + b"\0", "bytes follow the 60"),
        (gzip.compress(idx_bytes(IMAGES) + b"\0", mtime=0), "bytes follow the 60"),
        (gzip.compress(idx_bytes(IMAGES), mtime=0) + b"junk", "damaged"),
    ],
)
def test_a_file_that_is_something_else_is_named_for_what_it_is(
    tmp_path: Path, content: bytes, says: str
) -> None:
    with pytest.raises(DataError) as caught:
        read_idx(write(tmp_path / "train-images-idx3-ubyte.gz", content))
    assert str(caught.value).startswith("train-images-idx3-ubyte.gz: ")
    assert says in str(caught.value)


@pytest.mark.parametrize("shape", [(2**32 - 1,) * 4, (2**31, 2**31), (10**9,)])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_header_that_lies_allocates_nothing(
    tmp_path: Path, shape: tuple[int, ...], zipped: bool
) -> None:
    content = struct.pack(f">HBB{len(shape)}I", 0, 0x0E, len(shape), *shape) + bytes(100)
    path = write(tmp_path / "lies", gzip.compress(content, mtime=0) if zipped else content)
    with pytest.raises(DataError, match="lies"):
        read_idx(path)


def test_a_bomb_is_unpacked_no_further_than_its_header_declares(tmp_path: Path) -> None:
    bomb = gzip.compress(idx_bytes(LABELS) + bytes(50_000_000))
    with pytest.raises(DataError, match="bytes follow the 5"):
        read_idx(write(tmp_path / "bomb", bomb))


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_idx(tmp_path / "nothing")
    with pytest.raises(DataError, match="no regular file"):
        read_idx(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="no regular file"):
        read_idx(tmp_path / "pipe")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "x", idx_bytes(IMAGES))
    write(tmp_path / "y", gzip.compress(idx_bytes(LABELS), mtime=0))
    write(tmp_path / "few", idx_bytes(LABELS[:4]))
    write(tmp_path / "x-test", idx_bytes(IMAGES[:2]))
    write(tmp_path / "y-test", idx_bytes(np.array([1, 3], np.uint8)))
    return tmp_path


def test_bytes_are_divided_by_255_when_they_are_asked_for(folder: Path) -> None:
    data = IDX(train=("x", "y")).open(folder)
    inputs = data.train.inputs
    assert (inputs.shape, inputs.dtype, len(inputs)) == ((5, 3, 4), np.float32, 5)
    for index in ([4, 0, 0], slice(1, 3), np.array([2]), 3):
        assert np.array_equal(inputs[index], (IMAGES[index] / np.float32(255)))
        assert inputs[index].dtype == np.float32
    assert np.array_equal(np.asarray(inputs), IMAGES / np.float32(255))
    assert data.train.targets.tolist() == LABELS.tolist()
    assert data.classes == ("0", "1", "2")
    assert data.files == (folder / "x", folder / "y")


def test_flatten_channels_scale_and_one_hot(folder: Path) -> None:
    flat = IDX(train=("x", "y"), flatten=True, scale=False, one_hot=True).open(folder).train
    assert np.array_equal(flat.inputs, IMAGES.reshape(5, 12))
    assert flat.targets.tolist() == np.eye(3)[LABELS].tolist()
    assert IDX(train=("x", "y"), channels=True).open(folder).train.inputs.shape == (5, 3, 4, 1)


def test_images_and_labels_of_different_count_are_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="x has 5 samples, few has 4"):
        IDX(train=("x", "few")).open(folder)


def test_inputs_and_labels_exchanged_are_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="these are labels"):
        IDX(train=("y", "x")).open(folder)


def test_a_label_past_the_last_class_is_refused_with_its_row(folder: Path) -> None:
    dataset = IDX(train=("x", "y"), test=("x-test", "y-test"))
    with pytest.raises(DataError, match=r"y-test: row 1 .* label 3.*0 to 2"):
        dataset.open(folder)
    known = dataset.open(folder, {"classes": ["0", "1", "2", "3"]})
    assert known.classes == ("0", "1", "2", "3")


def test_numbers_as_targets_stay_as_they_are(folder: Path) -> None:
    target = np.array([0.5, -1, 2, 1e9, 0], ">f4")
    write(folder / "t", idx_bytes(target))
    data = IDX(train=("x", "t"), target_kind="number").open(folder)
    assert np.array_equal(data.train.targets, target)
    assert data.classes == ()
    with pytest.raises(DataError, match="no class"):
        IDX(train=("x", "t")).open(folder)
    with pytest.raises(SpecError, match="one-hot"):
        IDX(train=("x", "t"), target_kind="number", one_hot=True)


def test_a_path_that_leaves_the_folder_is_refused(folder: Path) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (inner / "link").symlink_to(folder / "x")
    for path in ("../x", str(folder / "x"), "link", "a\0b"):
        with pytest.raises(SpecError):
            IDX(train=(path, path)).open(inner)
