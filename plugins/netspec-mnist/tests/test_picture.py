"""A picture of any size becomes a digit as the database was made."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from netspec_mnist.mnist import MNIST
from netspec_mnist.picture import as_digit

from netspec import Array, DataError, SpecError


@pytest.fixture(scope="module")
def digits() -> Array:
    part = MNIST().open(Path()).test
    assert part is not None
    return np.asarray(part.inputs[np.arange(200)])[..., 0]


def test_the_database_s_own_digits_come_back_from_a_large_sheet(digits: Array) -> None:
    """Nine times as large, anywhere on the sheet; a row or a column of grey may make the difference
    of a pixel."""
    alike = []
    for digit in digits:
        sheet = np.zeros((400, 420))
        sheet[60:312, 100:352] = np.kron(digit, np.ones((9, 9)))
        alike.append(np.corrcoef(as_digit(sheet).ravel(), digit.ravel())[0, 1])
    assert np.median(alike) > 0.98
    assert np.mean(np.array(alike) > 0.9) > 0.85


@pytest.mark.parametrize("darkest", [0.9, 0.8, 0.6, 0.4])
def test_a_digit_is_found_on_paper_that_a_lamp_lights_from_one_side(
    darkest: float, digits: Array
) -> None:
    """With the noise of a camera."""
    light = np.linspace(1, darkest, 420) * np.linspace(1, 0.9, 400)[:, None]
    noise = np.random.default_rng(0).normal(0, 0.015, (400, 420))
    alike = []
    for digit in digits[:60]:
        sheet = np.zeros((400, 420))
        sheet[60:312, 100:352] = np.kron(digit, np.ones((9, 9)))
        photo = 1 - np.clip((1 - 0.8 * sheet) * light + noise, 0, 1)
        alike.append(np.corrcoef(as_digit(photo).ravel(), digit.ravel())[0, 1])
    assert np.median(alike) > 0.97
    assert np.mean(np.array(alike) > 0.85) > 0.8


@given(
    height=st.integers(3, 90),
    width=st.integers(3, 90),
    top=st.integers(0, 30),
    left=st.integers(0, 30),
    paper=st.floats(0, 0.5),
)
def test_a_bar_fills_twenty_pixels_around_the_middle(
    height: int, width: int, top: int, left: int, paper: float
) -> None:
    """Wherever it stands, and however dark the paper."""
    sheet = np.full((200, 200), paper)
    sheet[top : top + height, left : left + width] = 1.0
    digit = as_digit(sheet)
    assert digit.shape == (28, 28)
    assert (digit.min(), digit.max()) == (0, 1)
    extents = [np.ptp(np.flatnonzero(digit.any(axis=axis))) + 1 for axis in (0, 1)]
    assert max(extents) == 20
    mass = digit.sum()
    middle = [float(np.arange(28) @ digit.sum(axis=axis) / mass) for axis in (0, 1)]
    assert max(abs(each - 14) for each in middle) <= 0.51


def test_an_empty_sheet_is_refused() -> None:
    with pytest.raises(DataError, match="nothing"):
        as_digit(np.full((50, 50), 0.3))


def test_light_ink_on_dark_paper_is_said(tmp_path: Path, digits: Array) -> None:
    image = pytest.importorskip("PIL.Image")
    pytest.importorskip("netspec_images")
    board = (np.kron(digits[0], np.ones((5, 5))) * 255).astype(np.uint8)
    image.fromarray(board).save(tmp_path / "board.png")
    image.fromarray(255 - board).save(tmp_path / "paper.png")
    chalk = MNIST(ink="light").read_inputs(tmp_path / "board.png", None)
    pen = MNIST().read_inputs(tmp_path / "paper.png", None)
    assert chalk is not None
    assert chalk.shape == (1, 28, 28, 1)
    np.testing.assert_allclose(chalk, pen, atol=1e-6)


def test_without_fit_a_picture_is_taken_as_it_is(tmp_path: Path, digits: Array) -> None:
    image = pytest.importorskip("PIL.Image")
    pytest.importorskip("netspec_images")
    image.fromarray((digits[3] * 255).astype(np.uint8)).save(tmp_path / "digit.png")
    options = MNIST(ink="light", fit=False, flatten=True)
    read = options.read_inputs(tmp_path / "digit.png", None)
    assert read is not None
    np.testing.assert_allclose(read[0].reshape(28, 28), digits[3], atol=1e-6)
    image.fromarray(np.zeros((30, 28), np.uint8)).save(tmp_path / "large.png")
    with pytest.raises(DataError, match="28"):
        options.read_inputs(tmp_path / "large.png", None)


def test_other_files_are_left_to_others(tmp_path: Path) -> None:
    assert MNIST().read_inputs(tmp_path / "digits.npy", None) is None


def test_one_digit_is_a_yes_or_no() -> None:
    data = MNIST(digit=8, flatten=True).open(Path())
    assert data.classes == ("not 8", "8")
    assert int(data.train.targets.sum()) == 5851
    with pytest.raises(SpecError, match=r"/one_hot: .*one value"):
        MNIST(digit=8, one_hot=True)


def test_without_the_package_that_reads_pictures_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suffixes = pytest.importorskip("netspec_images.reading").SUFFIXES
    monkeypatch.setitem(sys.modules, "netspec_images.reading", None)
    for suffix in suffixes:
        with pytest.raises(DataError, match=rf"seven\{suffix}: pictures need netspec-images"):
            MNIST().read_inputs(tmp_path / f"seven{suffix}", None)
    assert MNIST().read_inputs(tmp_path / "digits.npy", None) is None
