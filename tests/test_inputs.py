"""Inputs from files, read without trust."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from netspec.errors import DataError, LimitError
from netspec.inputs import read_inputs

X = np.arange(12, dtype=np.float32).reshape(3, 4)


def test_an_npy_file_is_mapped_whatever_its_memory_order(tmp_path: Path) -> None:
    for order in "CF":
        np.save(tmp_path / "x.npy", np.asarray(X, order=order))
        assert (read_inputs(tmp_path / "x.npy") == X).all()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_npz_gives_x_or_its_only_array(tmp_path: Path, save) -> None:
    path = tmp_path / "x.npz"
    save(path, X)
    assert (read_inputs(path) == X).all()
    save(path, x=X, y=X[:1])
    assert (read_inputs(path) == X).all()
    save(path, a=X, b=X)
    with pytest.raises(DataError, match='"a", "b"; the inputs must be called "x"'):
        read_inputs(path)


@given(
    array=arrays(
        np.float64,
        array_shapes(min_dims=1, max_dims=3, max_side=4),
        elements=st.floats(-1e9, 1e9),
    )
)
def test_json_and_json_lines_say_the_same(tmp_path_factory, array: np.ndarray) -> None:
    folder = tmp_path_factory.mktemp("inputs")
    (folder / "x.json").write_text(json.dumps(array.tolist()))
    (folder / "x.jsonl").write_text("\n".join(map(json.dumps, array.tolist())) + "\n\n")
    for name in ("x.json", "x.jsonl"):
        found = read_inputs(folder / name)
        assert found.shape == array.shape
        assert (found == array).all()


def test_json_over_several_lines_is_one_value(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps(X.tolist(), indent=2))
    assert (read_inputs(tmp_path / "x.json") == X).all()


def test_one_sample_on_standard_input_is_a_line_or_a_list(monkeypatch) -> None:
    for text in ("[[1, 2]]", "[[1, 2]]\n"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert read_inputs("-").tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no samples"),
        ("[]", "has no samples"),
        ("[[1, 2], [3]]", "sample 1 (counted from 0) has (1,), the first (2,)"),
        ('[["a"]]', "more than numbers"),
        ("[[null]]", "more than numbers"),
        ("[[1e999]]", "1e999"),
        ("[[NaN]]", "NaN"),
        ("[[1, 2]", ""),
        ('{"a": 1}', "more than numbers"),
    ],
)
def test_text_that_is_no_list_of_samples_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(DataError) as caught:
        read_inputs(tmp_path / "x.json")
    assert said in str(caught.value)


def test_a_wrong_line_is_named_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("[1, 2]\n\n[3, 4\n")
    with pytest.raises(DataError, match=r"x\.jsonl:3"):
        read_inputs(tmp_path / "x.jsonl")


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    objects = np.array([print], dtype=object)
    np.save(tmp_path / "x.npy", objects, allow_pickle=True)
    np.savez(tmp_path / "x.npz", x=objects, allow_pickle=True)
    for name in ("x.npy", "x.npz"):
        with pytest.raises(DataError, match="objects are never read"):
            read_inputs(tmp_path / name)


def test_a_number_that_is_not_finite_is_refused_with_its_row(tmp_path: Path) -> None:
    x = X.copy()
    x[1, 2] = np.nan
    np.save(tmp_path / "x.npy", x)
    with pytest.raises(DataError, match="row 1, column 2"):
        read_inputs(tmp_path / "x.npy")


def header(shape: tuple[int, ...]) -> bytes:
    """The head of an array that declares this shape."""
    file = io.BytesIO()
    declared = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, declared)
    return file.getvalue()


@pytest.mark.parametrize("shape", [(4, 4), (10**9, 10**9), (2, 4)])
def test_a_header_that_lies_is_refused_before_anything_is_allocated(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    data = header(shape) + X.tobytes()
    (tmp_path / "x.npy").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", data)
    with pytest.raises((DataError, LimitError)):
        read_inputs(tmp_path / "x.npz")
    if shape != (2, 4):
        with pytest.raises(DataError):
            read_inputs(tmp_path / "x.npy")


def test_an_archive_that_swells_past_the_limit_is_refused(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "x.npz", x=np.zeros((1000, 1000)))
    with pytest.raises(LimitError, match="the limit is 1,000,000"):
        read_inputs(tmp_path / "x.npz", most=1_000_000)
    (tmp_path / "x.json").write_text("[" + "[0]," * 100 + "[0]]")
    with pytest.raises(LimitError):
        read_inputs(tmp_path / "x.json", most=100)


@pytest.mark.parametrize("name", ["nowhere.npy", ".", "x.txt"])
def test_what_is_no_file_of_inputs_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.txt").write_text("1 2")
    with pytest.raises(DataError):
        read_inputs(tmp_path / name)


@given(data=st.binary(max_size=200))
def test_no_bytes_raise_anything_else(tmp_path_factory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    for name in ("x.npy", "x.npz", "x.json", "x.jsonl"):
        (folder / name).write_bytes(data)
        with suppress(DataError, LimitError):
            read_inputs(folder / name)
