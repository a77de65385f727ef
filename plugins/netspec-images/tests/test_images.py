"""Folders of pictures become samples and classes; nothing about a picture is guessed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netspec_images.images import Images
from netspec_images.reading import read_picture
from PIL import Image

from netspec import DataError, LimitError, ModelError, SpecError
from netspec.testing import check_component

RED = (255, 0, 0)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two cats, one of them a folder deeper, and one dog, 4 by 6."""
    for name, colour in (("cat/a.png", RED), ("cat/far/b.png", "black"), ("dog/c.png", "white")):
        for part in ("train", "test"):
            path = tmp_path / part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (6, 4), colour).save(path)
    (tmp_path / "train" / "cat" / "notes.txt").write_text("no picture", encoding="utf-8")
    (tmp_path / "train" / "cat" / ".hidden.png").write_text("no picture", encoding="utf-8")
    return tmp_path


def images(**options: object) -> Images:
    return Images(**{"train": "train", "size": (4, 6), "colour": "rgb", **options})


def test_a_folder_is_a_class(root: Path) -> None:
    data = images(test="test").open(root)
    assert data.classes == ("cat", "dog")
    assert data.train.inputs.shape == (3, 4, 6, 3)
    assert data.train.targets.tolist() == [0, 0, 1]
    np.testing.assert_array_equal(data.train.inputs[:][:, 0, 0], [[1, 0, 0], [0, 0, 0], [1, 1, 1]])
    assert data.test is not None
    assert len(data.files) == 6


def test_options_say_what_the_network_is_given(root: Path) -> None:
    data = images(colour="grey", invert=True, scale=False, flatten=True, one_hot=True).open(root)
    assert data.train.inputs.shape == (3, 24)
    np.testing.assert_array_equal(data.train.inputs[:][:, 0], [255 - 76, 255, 0])
    assert data.train.targets.tolist() == [[1, 0], [1, 0], [0, 1]]


def test_another_size_is_refused_unless_it_is_said_how_it_fits(root: Path) -> None:
    Image.new("RGB", (12, 4), RED).save(root / "train" / "dog" / "wide.png")
    with pytest.raises(DataError, match='wide.png has 4 by 12 pixels, not 4 by 6.*"fit"'):
        images().open(root)
    rows = {fit: images(fit=fit).open(root).train.inputs[-1] for fit in ("stretch", "contain")}
    assert (rows["stretch"] == [1, 0, 0]).all()
    assert (rows["contain"][0] == 1).all()
    assert (rows["contain"][2] == [1, 0, 0]).all()
    assert (images(fit="cover").open(root).train.inputs[-1] == [1, 0, 0]).all()


def test_what_is_transparent_lies_on_white_and_a_turned_photo_stands_upright(root: Path) -> None:
    Image.new("RGBA", (6, 4), (0, 0, 0, 0)).save(root / "clear.png")
    assert (read_picture(root / "clear.png", colour="grey") == 1).all()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (6, 4), RED).save(root / "turned.jpg", exif=exif)
    assert read_picture(root / "turned.jpg", colour="rgb").shape == (6, 4, 3)


def test_sixteen_bits_are_scaled_not_cut(root: Path) -> None:
    Image.fromarray(np.full((4, 6), 257 * 100, np.uint16)).save(root / "deep.png")
    values = read_picture(root / "deep.png", colour="grey")
    np.testing.assert_allclose(values, 100 / 255, atol=1e-6)


def test_prediction_reads_a_picture_by_the_same_rules(root: Path) -> None:
    read = images(colour="grey").read_inputs(root / "train" / "cat" / "a.png", None)
    assert read is not None
    assert read.shape == (1, 4, 6, 1)
    assert images().read_inputs(root / "x.npy", None) is None


def test_classes_of_the_training_stay_and_new_ones_are_refused(root: Path) -> None:
    assert images().open(root, {"classes": ["bird", "cat", "dog"]}).train.targets.tolist() == [
        1,
        1,
        2,
    ]
    with pytest.raises(DataError, match='"dog", which is no class'):
        images().open(root, {"classes": ["cat"]})


@pytest.mark.parametrize("state", [{}, {"classes": 3}, {"classes": [1, 2]}])
def test_a_state_without_its_classes_is_the_model_s_fault(
    root: Path, state: dict[str, object]
) -> None:
    with pytest.raises(ModelError, match='lacks its list of "classes"'):
        images().open(root, state)


@pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html>", b"\x89PNG\r\n\x1a\n cut"])
def test_a_file_that_is_no_picture_is_named(root: Path, content: bytes) -> None:
    (root / "train" / "dog" / "bad.png").write_bytes(content)
    with pytest.raises(DataError, match="bad.png cannot be read"):
        images().open(root)


def test_a_picture_that_would_fill_the_memory_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netspec_images.reading._MOST_PIXELS", 10)
    with pytest.raises(LimitError, match="6 × 4 pixels"):
        images().open(root)


def test_folders_that_hold_nothing_and_paths_that_leave_are_refused(root: Path) -> None:
    (root / "train" / "empty").mkdir()
    with pytest.raises(DataError, match='"empty"'):
        images().open(root)
    (root / "bare").mkdir()
    with pytest.raises(DataError, match='"bare" has no folder of a class'):
        images(train="bare").open(root)
    with pytest.raises(DataError, match="no folder"):
        images(train="nowhere").open(root)
    with pytest.raises(SpecError, match="leaves"):
        images(train="..").open(root)


def test_the_kit_finds_nothing() -> None:
    check_component(images())
