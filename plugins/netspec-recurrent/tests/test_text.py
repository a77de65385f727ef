"""A text as a dataset: its windows, what it remembers, what it refuses, and that it is learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from netspec_recurrent.text import Text

from netspec import DataError, ModelError, SpecError, train
from netspec.testing import check_component

SPEC = Path(__file__).parents[3] / "specs" / "characters.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text("banana\nbandana", encoding="utf-8")
    (tmp_path / "b.txt").write_text("a band", encoding="utf-8")
    return tmp_path


def test_the_data_keep_a_dataset_s_promises(folder: Path) -> None:
    check_component(Text(path="a.txt", validation="b.txt", length=3, stride=2), root=folder)


def test_a_target_is_what_follows_each_character(folder: Path) -> None:
    data = Text(path="b.txt", length=3).open(folder)
    assert data.classes == (" ", "a", "b", "d", "n")
    assert data.state == {"classes": [" ", "a", "b", "d", "n"]}
    np.testing.assert_array_equal(data.train.inputs, [[1, 0, 2], [0, 2, 1], [2, 1, 4]])
    np.testing.assert_array_equal(data.train.targets, [[0, 2, 1], [2, 1, 4], [1, 4, 3]])


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=2), st.data())
def test_every_window_stands_in_the_text(text: str, draw: st.DataObject) -> None:
    """Each `stride` characters one, and none is left out that fits."""
    text = text.removeprefix("\ufeff").replace("\r", "\n").ljust(2, "x")
    length, stride = draw.draw(st.integers(1, len(text) - 1)), draw.draw(st.integers(1, 5))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "is_file", lambda path: True)
        patch.setattr(Path, "read_bytes", lambda path: text.encode())
        data = Text(path="a.txt", length=length, stride=stride).open(Path("nowhere"))
    assert list(data.classes) == sorted(set(text))
    assert len(data.train) == (len(text) - length - 1) // stride + 1
    for n, (x, y) in enumerate(zip(data.train.inputs, data.train.targets, strict=True)):
        start = n * stride
        assert "".join(data.classes[i] for i in x) == text[start : start + length]
        assert "".join(data.classes[i] for i in y) == text[start + 1 : start + length + 1]


def test_mark_and_line_ends_of_any_system_mean_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n")
    (tmp_path / "b.txt").write_bytes(b"one\ntwo\nthree\n")
    one, other = (Text(path=name, length=4).open(tmp_path) for name in ("a.txt", "b.txt"))
    assert one.classes == other.classes
    np.testing.assert_array_equal(one.train.inputs, other.train.inputs)


def test_a_prediction_reads_by_the_same_rules_to_the_last_character(folder: Path) -> None:
    dataset = Text(path="a.txt", length=4)
    state = dataset.open(folder).state
    assert state is not None
    inputs = dataset.read_inputs(folder / "a.txt", state)
    assert inputs is not None
    last = "".join(state["classes"][i] for i in inputs[-1])
    assert last == "dana"
    np.testing.assert_array_equal(inputs[:-1], dataset.open(folder).train.inputs)
    assert dataset.read_inputs(folder / "a.npy", state) is None
    with pytest.raises(DataError, match="not known before training"):
        dataset.read_inputs(folder / "a.txt", None)
    with pytest.raises(ModelError, match='lacks its list of "classes"'):
        dataset.read_inputs(folder / "a.txt", {})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "c.txt: the file is empty"),
        (b"ban", "c.txt: 3 characters, fewer than the 4 .*a smaller"),
        (b"\xef\xbb\xbfba\r\nn\xc3\xa9\xff", "c.txt:2:3: the byte 0xff is not UTF-8"),
        (b"ban\xc3", "c.txt:1:4: the byte 0xc3 is not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(
    data: bytes, words: str, tmp_path: Path
) -> None:
    (tmp_path / "c.txt").write_bytes(data)
    with pytest.raises(DataError, match=words):
        Text(path="c.txt", length=3).open(tmp_path)


def test_a_character_that_was_never_seen_is_named_with_its_place(folder: Path) -> None:
    """In the test part, and in a prediction."""
    words = 'b.txt:1:2: the character " " stands nowhere'
    with pytest.raises(DataError, match=words):
        Text(path="a.txt", test="b.txt", length=3).open(folder)
    dataset = Text(path="a.txt", length=3)
    (folder / "c.txt").write_text("ban\nbaN", encoding="utf-8")
    with pytest.raises(DataError, match='c.txt:2:3: the character "N"'):
        dataset.read_inputs(folder / "c.txt", dataset.open(folder).state)


def test_the_file_is_there_and_inside_the_data_s_folder(folder: Path) -> None:
    with pytest.raises(SpecError, match="leaves the data's folder"):
        Text(path="../a.txt", length=3).open(folder)
    with pytest.raises(DataError, match=r"c\.txt: there is no such file"):
        Text(path="c.txt", length=3).open(folder)
    long = "c" * 90 + ".txt"
    with pytest.raises(DataError, match=f"^{long}: there is no such file"):
        Text(path=long, length=3).open(folder)
    (folder / "c.txt").mkdir()
    with pytest.raises(DataError, match=r"c\.txt: this is no regular file"):
        Text(path="c.txt", length=3).open(folder)


@pytest.mark.slow
@pytest.mark.skipif(not SPEC.exists(), reason="the spec stands in the repository")
def test_the_paragraph_is_learned_by_heart(tmp_path: Path) -> None:
    """As the spec's description says."""
    run = train(SPEC, out=tmp_path / "run")
    part = Text(path="data/paragraph.txt", length=64).open(SPEC.parent).train
    x, y = np.asarray(part.inputs), np.asarray(part.targets)
    assert run.network.evaluate(x, y)["loss"] == pytest.approx(0.0859, abs=0.01)
    guessed = run.network.predict(x).argmax(axis=-1)
    assert (guessed == y)[:, 8:].mean() > 0.99
