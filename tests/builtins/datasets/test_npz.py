"""npz archives: mapped or unpacked, never unpickled."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from netspec import NPZ, DataError, SpecError

X = np.arange(24, dtype=np.float32).reshape(6, 4)
Y = np.array([0, 1, 2, 0, 1, 2])


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("npz")


def npy(header: str, body: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    text = header.encode("latin1")
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text + body


def archive(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return path


def good(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


@given(
    array=hnp.arrays(
        st.sampled_from(["<f4", ">f8", "<i8", ">u2", "|u1", "|i1", "|b1", "<f2"]),
        hnp.array_shapes(min_side=0, max_side=5, max_dims=4),
    ),
    fortran=st.booleans(),
    compressed=st.booleans(),
)
def test_what_numpy_wrote_is_read(
    scratch: Path, array: np.ndarray, fortran: bool, compressed: bool
) -> None:
    array = np.asarray(array, order="F" if fortran else "C")
    target = np.zeros(len(array))
    save = np.savez_compressed if compressed else np.savez
    save(scratch / "a.npz", x_train=array, y_train=target)
    part = NPZ(path="a.npz", target_kind="number").open(scratch).train
    assert part.inputs.dtype == array.dtype
    assert part.inputs.shape == array.shape
    assert part.inputs.tobytes() == array.tobytes()


def test_stored_members_are_mapped_and_compressed_ones_are_not(tmp_path: Path) -> None:
    np.savez(tmp_path / "stored.npz", x_train=X, y_train=Y)
    np.savez_compressed(tmp_path / "packed.npz", x_train=X, y_train=Y)
    stored = NPZ(path="stored.npz").open(tmp_path).train.inputs
    assert isinstance(stored.base, np.memmap)
    assert not isinstance(NPZ(path="packed.npz").open(tmp_path).train.inputs.base, np.memmap)


def test_parts_members_weights_and_files_of_their_own(tmp_path: Path) -> None:
    w = np.ones(6)
    np.savez(tmp_path / "all.npz", a=X, b=Y, w=w, x_test=X[:2], y_test=Y[:2])
    np.savez(tmp_path / "more.npz", a=X[:3], b=Y[:3], w=w[:3])
    dataset = NPZ(
        path="all.npz",
        train=("a", "b", "w"),
        validation_path="more.npz",
        test=("x_test", "y_test"),
        one_hot=True,
    )
    data = dataset.open(tmp_path)
    assert dataset.parts() == ("train", "validation", "test")
    assert data.train.weights.tolist() == w.tolist()
    assert data.validation is not None
    assert data.test is not None
    assert np.array_equal(data.validation.inputs, X[:3])
    assert data.test.targets.tolist() == [[1, 0, 0], [0, 1, 0]]
    assert data.classes == ("0", "1", "2")
    assert data.files == (tmp_path / "all.npz", tmp_path / "more.npz")


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    class Boom:
        def __reduce__(self) -> tuple[object, ...]:
            return pytest.fail, ("a pickle was run",)

    np.savez(tmp_path / "o.npz", x_train=np.array([Boom()], object), y_train=Y[:1])
    with pytest.raises(DataError, match=r'o\.npz: the array "x_train" holds .*no numbers'):
        NPZ(path="o.npz").open(tmp_path)


@pytest.mark.parametrize(
    "member",
    [
        b"",
        b"\x93NUMPY",
        b"junk" * 10,
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 999999999)}"),
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (6, 5)}", X.tobytes()),
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (6, 3)}", X.tobytes()),
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-6, -4)}", X.tobytes()),
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (True, 24)}", X.tobytes()),
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': 24}", X.tobytes()),
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': ()}", bytes(4)),
        npy("{'descr': '<f3', 'fortran_order': False, 'shape': (8, 4)}", X.tobytes()),
        npy("{'descr': '<c8', 'fortran_order': False, 'shape': (3, 4)}", X.tobytes()),
        npy("{'descr': '<U1', 'fortran_order': False, 'shape': (6, 4)}", X.tobytes()),
        npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6, 4)}", X.tobytes()),
        npy("__import__('os').getcwd()"),
        npy("(" * 5000),
        npy("[]"),
        good(X).replace(b"NUMPY\x01", b"NUMPY\x09"),
    ],
)
@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_that_lie_are_refused(tmp_path: Path, member: bytes, packing: int) -> None:
    with zipfile.ZipFile(tmp_path / "lies.npz", "w", packing) as file:
        file.writestr("x_train.npy", member)
        file.writestr("y_train.npy", good(Y))
    with pytest.raises(DataError, match=r"lies\.npz: .*x_train"):
        NPZ(path="lies.npz").open(tmp_path)


def test_a_member_that_is_missing_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    archive(tmp_path / "a.npz", x_trian=good(X), y_train=good(Y))
    with pytest.raises(DataError, match=r'no array "x_train".*known: x_trian, y_train'):
        NPZ(path="a.npz").open(tmp_path)


def test_samples_and_targets_of_different_count_are_refused(tmp_path: Path) -> None:
    archive(tmp_path / "a.npz", x_train=good(X), y_train=good(Y[:5]))
    with pytest.raises(DataError, match="x_train has 6 samples, y_train has 5"):
        NPZ(path="a.npz").open(tmp_path)


@pytest.mark.parametrize(
    ("labels", "row"),
    [([0, 1, -1], 2), ([0.5, 1, 2], 0), ([0, np.nan, 1], 1), ([0, 1e30, 1], 1), ([0, 2**40, 1], 1)],
)
def test_labels_that_are_no_class_are_refused_with_their_row(
    tmp_path: Path, labels: list[float], row: int
) -> None:
    archive(tmp_path / "a.npz", x_train=good(X[:3]), y_train=good(np.array(labels)))
    with pytest.raises(DataError, match=rf"y_train: row {row} \(from 0\).*no class"):
        NPZ(path="a.npz").open(tmp_path)


def test_one_hot_targets_stay_and_count_the_classes(tmp_path: Path) -> None:
    archive(tmp_path / "a.npz", x_train=good(X), y_train=good(np.eye(3)[Y]))
    data = NPZ(path="a.npz").open(tmp_path)
    assert data.classes == ("0", "1", "2")
    assert np.array_equal(data.train.targets, np.eye(3)[Y])


def test_one_hot_takes_the_memory_of_its_rows_however_many_classes_there_are(
    tmp_path: Path,
) -> None:
    archive(tmp_path / "a.npz", x_train=good(X[:2]), y_train=good(np.array([0, 4095])))
    tracemalloc.start()
    targets = NPZ(path="a.npz", one_hot=True).open(tmp_path).train.targets
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert targets.dtype == np.float32
    assert np.argwhere(targets).tolist() == [[0, 0], [1, 4095]]
    assert peak < 2**22


def packed(compressed: bool) -> bytes:
    buffer = io.BytesIO()
    save = np.savez_compressed if compressed else np.savez
    save(buffer, x_train=X, y_train=Y)
    return buffer.getvalue()


CONTENTS = {compressed: packed(compressed) for compressed in (False, True)}


@given(compressed=st.booleans(), data=st.data())
def test_an_archive_cut_anywhere_is_refused(
    scratch: Path, compressed: bool, data: st.DataObject
) -> None:
    content = CONTENTS[compressed]
    cut = data.draw(st.integers(0, len(content) - 1))
    (scratch / "cut.npz").write_bytes(content[:cut])
    with pytest.raises(DataError, match=r"cut\.npz"):
        NPZ(path="cut.npz").open(scratch)


@pytest.mark.parametrize("compressed", [False, True])
def test_no_flipped_bit_raises_anything_but_a_data_error(scratch: Path, compressed: bool) -> None:
    """Every byte of the archive in turn: those of the directory are the dangerous ones."""
    for at in range(len(CONTENTS[compressed])):
        content = bytearray(CONTENTS[compressed])
        content[at] ^= 1 << at % 8
        (scratch / "flipped.npz").write_bytes(content)
        with suppress(DataError):
            NPZ(path="flipped.npz").open(scratch)


def test_something_else_is_named_for_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "page.npz").write_bytes(b"<!DOCTYPE html>")
    with pytest.raises(DataError, match=r"page\.npz: this is a web page"):
        NPZ(path="page.npz").open(tmp_path)


def test_one_hot_numbers_and_paths_outside_are_refused_in_the_spec(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="one-hot"):
        NPZ(path="a.npz", target_kind="number", one_hot=True)
    with pytest.raises(SpecError, match="leaves the data's folder"):
        NPZ(path="../a.npz").open(tmp_path)
    with pytest.raises(SpecError, match="2"):
        NPZ(path="a.npz", train=("x",))
