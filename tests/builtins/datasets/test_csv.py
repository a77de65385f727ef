"""CSV: what is written is read as it stands, or refused with its place."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec import CSV, Data, DataError, ModelError, SpecError


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("csv")


def write(folder: Path, text: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return path


def read(folder: Path, text: str | bytes, **options: Any) -> Data:
    write(folder, text)
    return CSV(path="t.csv", **{"target": "y", **options}).open(folder)


def refused(folder: Path, text: str | bytes, **options: Any) -> str:
    with pytest.raises(DataError) as caught:
        read(folder, text, **options)
    assert caught.value.exit_code == 5
    assert str(caught.value).startswith("t.csv:")
    return str(caught.value)


def test_numbers_words_and_classes(tmp_path: Path) -> None:
    text = "size,colour,y\n1.5,red,dog\n-2,blue,cat\n.5,red,bird\n1e3,green,cat\n"
    data = read(tmp_path, text, categories=("colour",))
    assert data.train.inputs.tolist() == [
        [1.5, 0, 0, 1],
        [-2, 1, 0, 0],
        [0.5, 0, 0, 1],
        [1000, 0, 1, 0],
    ]
    assert data.classes == ("bird", "cat", "dog")
    assert data.train.targets.tolist() == [2, 1, 0, 1]
    assert data.train.targets.dtype == np.int64
    assert json.loads(json.dumps(data.state)) == data.state
    assert data.files == (tmp_path / "t.csv",)


def test_features_are_taken_by_name_in_the_order_of_the_spec(tmp_path: Path) -> None:
    data = read(tmp_path, "a,y,b,note\n1,0,2,?\n3,1,4,x\n", features=("b", "a"))
    assert data.train.inputs.tolist() == [[2, 1], [4, 3]]


def test_without_a_header_columns_go_by_index(tmp_path: Path) -> None:
    data = read(tmp_path, "1,2,no\n3,4,yes\n", header=False, target=2)
    assert data.train.inputs.tolist() == [[1, 2], [3, 4]]
    assert data.classes == ("no", "yes")


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfa,y\n1,0\n2,1\n",
        b"a,y\r\n1,0\r\n2,1\r\n",
        b"a,y\r1,0\r2,1\r",
        b'"a","y"\n"1","0"\n"2","1"',
        b" a , y\n 1 ,0 \n\n2,\t1\n\n",
        b'\xef\xbb\xbf"a",y\r\n1, "0"\r\n+2,1\r\n',
    ],
)
def test_byte_order_mark_line_ends_quotes_and_spaces_change_nothing(
    tmp_path: Path, text: bytes
) -> None:
    data = read(tmp_path, text)
    assert data.train.inputs.tolist() == [[1], [2]]
    assert data.train.targets.tolist() == [0, 1]


cells = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zs", "Cs")), min_size=1)
words = words.filter(
    lambda word: (
        word not in {"?", "NA", "N/A", "na", "n/a", "NaN", "nan", "NAN", "NULL", "null"}
        and not any(c.isdigit() for c in word)
    )
)


@given(
    rows=st.lists(st.tuples(cells, words, cells), min_size=1, max_size=20),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    decimal=st.sampled_from([".", ","]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_the_standard_library_writes_is_read_to_the_bit(
    scratch: Path, rows: list[tuple[float, str, float]], delimiter: str, decimal: str, end: str
) -> None:
    if delimiter == decimal:
        delimiter = ";"
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerow(["x", "word", "y"])
    for x, word, y in rows:
        writer.writerow([str(x).replace(".", decimal), word, str(y).replace(".", decimal)])
    data = read(
        scratch,
        text.getvalue(),
        delimiter=delimiter,
        decimal=decimal,
        categories=("word",),
        target_kind="number",
    )
    vocabulary = sorted({word for _, word, _ in rows})
    assert data.train.inputs[:, 0].tolist() == [x for x, _, _ in rows]
    assert data.train.targets.tolist() == [y for _, _, y in rows]
    seen = [vocabulary[place] for place in data.train.inputs[:, 1:].argmax(axis=1)]
    assert seen == [word for _, word, _ in rows]


@given(text=st.text(st.sampled_from('ab1,;."\n\r\t ?-e٣'), max_size=60), header=st.booleans())
def test_any_text_is_read_or_refused_and_nothing_else(
    scratch: Path, text: str, header: bool
) -> None:
    with suppress(DataError):
        read(scratch, text, header=header, target="a" if header else 0)


@given(content=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_and_nothing_else(scratch: Path, content: bytes) -> None:
    with suppress(DataError):
        read(scratch, b"a,y\n" + content)


MISSING = '"missing": "drop"'
DECIMAL = '"decimal": ","'


@pytest.mark.parametrize(
    ("cell", "option"),
    [
        ("?", MISSING),
        ("", MISSING),
        ("NA", MISSING),
        ("nan", MISSING),
        ('"20,7"', DECIMAL),
        ('"1,234"', DECIMAL),
        ("1.234.567", "thousands"),
        ('"1.234,5"', "thousands"),
        ('"1,234,567.5"', "thousands"),
        ("1 234", "thousands"),
        ("blue", '"categories"'),
        ("٣", '"categories"'),
        ("1_000", '"categories"'),
        ("0x10", '"categories"'),
        ("inf", '"categories"'),
        ("1e999", "64 bits"),
    ],
)
def test_a_cell_that_is_no_number_is_refused_with_its_place_and_the_option(
    tmp_path: Path, cell: str, option: str
) -> None:
    says = refused(tmp_path, f"a,power,y\n1,5,0\n2,{cell},1\n3,6,0\n4,{cell},1\n")
    assert says.startswith("t.csv:3:2: ")
    assert '"power"' in says
    assert "the first of 2" in says
    assert option in says


def test_lines_count_the_header_blank_lines_and_line_ends_in_quotes(tmp_path: Path) -> None:
    text = 'a,note,y\n\n1,"two\nlines",0\n?,x,1\n'
    assert refused(tmp_path, text, features=("a",)).startswith("t.csv:5:1: ")


@pytest.mark.parametrize("locale", ["C", "de_DE.UTF-8", "tr_TR.UTF-8"])
def test_the_locale_changes_nothing(tmp_path: Path, locale: str) -> None:
    write(tmp_path, "größe,y\n20.7,İ\n1.5,i\n")
    code = (
        "import locale, sys; from pathlib import Path\n"
        "try: locale.setlocale(locale.LC_ALL, '')\n"
        "except locale.Error: pass\n"
        "from netspec import CSV\n"
        "data = CSV(path='t.csv', target='y').open(Path(sys.argv[1]))\n"
        "assert data.train.inputs.tolist() == [[20.7], [1.5]]\n"
        f"assert data.classes == {('i', 'İ')!a}\n"
    )
    environment = {**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONHASHSEED": "random"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=environment)


def test_decimal_comma_reads_numbers_and_refuses_points(tmp_path: Path) -> None:
    text = "a;y\n20,7;1,5\n-,5;2\n"
    options = {"delimiter": ";", "decimal": ",", "target_kind": "number"}
    data = read(tmp_path, text, **options)
    assert data.train.inputs.tolist() == [[20.7], [-0.5]]
    assert data.train.targets.tolist() == [1.5, 2]
    assert '"decimal": "."' in refused(tmp_path, "a;y\n1.234;1\n", **options)


def test_semicolons_under_the_defaults_are_refused_with_the_option(tmp_path: Path) -> None:
    assert '"delimiter": ";"' in refused(tmp_path, "a;b;y\n20,7;1;0\n")


def test_missing_drop_leaves_the_rows_out(tmp_path: Path) -> None:
    text = "a,w,y,other\n1,u,0,?\n?,u,1,\n3,NA,1,\n4,v,?,\n5,v,1,\n"
    data = read(tmp_path, text, features=("a", "w"), categories=("w",), missing="drop")
    assert data.train.inputs.tolist() == [[1, 1, 0], [5, 0, 1]]
    assert data.train.targets.tolist() == [0, 1]


def test_missing_as_a_number_stands_in_number_columns_only(tmp_path: Path) -> None:
    data = read(tmp_path, "a,y\n?,0\n2,1\n", missing=-1)
    assert data.train.inputs.tolist() == [[-1], [2]]
    assert refused(tmp_path, "a,y\n1,0\n2,?\n", missing=0).startswith("t.csv:3:2: ")
    text = "a,w,y\n1,u,0\n2,?,1\n"
    for number in (0, -1):
        said = refused(tmp_path, text, categories=("w",), missing=number)
        assert said.startswith("t.csv:3:2: ")
        assert said.endswith('"missing": "drop" leaves such rows out')


@pytest.mark.parametrize(
    ("text", "options", "place", "says"),
    [
        ("1,2,0\n3,4,1\n", {"target": "0"}, "t.csv:1:1:", '"header": false'),
        ("a,b,y\n1,2,0\n", {"header": False, "target": 2}, "t.csv:1:1:", '"header": true'),
        ("a,a,y\n1,2,0\n", {}, "t.csv:1:", "two columns"),
        (",b,y\n1,2,0\n", {}, "t.csv:1:1:", "no name"),
        ("a,y\n1,0\n2,1,3\n4\n", {}, "t.csv:3:3:", "the first of 2"),
        ("a,y\n1,0\n2\n", {}, "t.csv:3:2:", "1 cells"),
        ('a,y\n1,0\n2,"1\n', {}, "t.csv:3:", "quotes"),
        ("a,b\n1,0\n", {}, "t.csv:1:", "known: a, b"),
        ("a,y\n1,0\n", {"features": ("A",)}, "t.csv:1:", '"A"'),
        ("1,0\n", {"header": False, "target": 7}, "t.csv:", "2 columns"),
        ("a,y\n", {}, "t.csv:", "no row"),
        ("y\n1\n", {}, "t.csv:", "no column is left"),
        ("", {}, "t.csv:", "an empty file"),
        ("\n\n", {}, "t.csv:", "no rows"),
        (b"a,y\n1,\xff\n", {}, "t.csv:", "UTF-8"),
        ("a,y\n1,0\n".encode("utf-16"), {}, "t.csv:", "UTF-8"),
        (b"\x1f\x8b\x08", {}, "t.csv:", "a gzip file"),
        (b"<html>", {}, "t.csv:", "a web page"),
        ("a,y\n1,0\n2,-1\n", {}, "t.csv:3:2:", "whole numbers from 0"),
        ("a,y\n1,0\n2,1.5\n", {}, "t.csv:3:2:", '"target_kind": "number"'),
        ("a,y\n1,cat\n", {"target_kind": "number"}, "t.csv:2:2:", '"target_kind": "class"'),
    ],
)
def test_a_table_that_is_not_what_the_spec_says_is_refused(
    tmp_path: Path, text: str | bytes, options: dict[str, Any], place: str, says: str
) -> None:
    message = refused(tmp_path, text, **options)
    assert message.startswith(place)
    assert says in message


def test_classes_that_are_numbers_are_sorted_as_numbers(tmp_path: Path) -> None:
    data = read(tmp_path, "a,y\n1,10\n2,9\n3,9.0\n4,2\n")
    assert data.classes == ("2", "9", "10")
    assert data.train.targets.tolist() == [2, 1, 1, 0]


def test_classes_of_many_digits_are_told_apart_and_every_form_of_one_is_the_same(
    tmp_path: Path,
) -> None:
    """From 2⁵³ on a float64 stands for several whole numbers."""
    text = "a,y\n1,9007199254740993\n2,9007199254740992\n3,09007199254740993.0\n4,01\n5,1.0\n6,1\n"
    data = read(tmp_path, text)
    assert data.classes == ("1", "9007199254740992", "9007199254740993")
    assert data.train.targets.tolist() == [2, 1, 2, 0, 0, 0]
    assert "is no class" in refused(tmp_path, "a,y\n1,9007199254740993.5\n")
    assert read(tmp_path, "a,y\n1,0e99999999999999999999\n2,1e2\n").classes == ("0", "100")


def test_words_stay_words_where_one_is_no_finite_number(tmp_path: Path) -> None:
    beyond = "1" * 400
    data = read(tmp_path, f"a,y\n1,01\n2,{beyond}\n")
    assert data.classes == ("01", beyond)
    assert data.train.targets.tolist() == [0, 1]


def test_classes_and_words_come_from_training_and_validation_and_serve_the_test(
    tmp_path: Path,
) -> None:
    write(tmp_path, "w,y\nu,dog\n", "train.csv")
    write(tmp_path, "w,y\nt,ant\n", "validation.csv")
    write(tmp_path, "y,w\ndog,t\n", "test.csv")
    dataset = CSV(
        path="train.csv",
        validation="validation.csv",
        test="test.csv",
        target="y",
        categories=("w",),
        one_hot=True,
    )
    data = dataset.open(tmp_path)
    assert dataset.parts() == ("train", "validation", "test")
    assert data.test is not None
    assert data.classes == ("ant", "dog")
    assert data.test.inputs.tolist() == [[1, 0]]
    assert data.test.targets.tolist() == [[0, 1]]
    write(tmp_path, "w,y\nt,dog\nu,wolf\nt,wolf\n", "test.csv")
    with pytest.raises(DataError) as caught:
        dataset.open(tmp_path)
    assert str(caught.value).startswith('test.csv:3:2: "wolf"')
    assert 'allowed: "ant", "dog"' in str(caught.value)


def test_with_a_state_nothing_is_learned(tmp_path: Path) -> None:
    """A file with other rows in another order gives the same indices as in training."""
    state = read(tmp_path, "a,w,y\n1,u,cat\n2,v,dog\n3,u,bird\n", categories=("w",)).state
    write(tmp_path, "w,y,a\nv,dog,5\nv,cat,6\n")
    dataset = CSV(path="t.csv", target="y", categories=("w",))
    data = dataset.open(tmp_path, state)
    assert data.train.inputs.tolist() == [[5, 0, 1], [6, 0, 1]]
    assert data.train.targets.tolist() == [2, 1]
    assert data.classes == ("bird", "cat", "dog")
    assert data.state == state


@pytest.mark.parametrize(
    "state", [{}, {"columns": 2}, {"columns": 2, "features": "a"}, {"columns": 2, "features": [1]}]
)
def test_a_state_that_is_no_state_is_a_fault_of_the_model(
    tmp_path: Path, state: dict[str, Any]
) -> None:
    write(tmp_path, "a,y\n1,0\n")
    with pytest.raises(ModelError):
        CSV(path="t.csv", target="y").open(tmp_path, state)


class TestPrediction:
    DATASET = CSV(path="t.csv", target="y", categories=("w",), missing="drop")

    @pytest.fixture
    def state(self, tmp_path: Path) -> dict[str, Any] | None:
        write(tmp_path, "a,w,y\n1,u,0\n2,v,1\n")
        return self.DATASET.open(tmp_path).state

    def test_columns_go_by_name_and_the_target_may_lack(
        self, tmp_path: Path, state: dict[str, Any]
    ) -> None:
        source = write(tmp_path, "note,w,a\n?,v,7\n,u,8\n", "new.csv")
        inputs = self.DATASET.read_inputs(source, state)
        assert inputs is not None
        assert inputs.tolist() == [[7, 0, 1], [8, 1, 0]]

    def test_an_unknown_word_is_refused_with_its_row(
        self, tmp_path: Path, state: dict[str, Any]
    ) -> None:
        source = write(tmp_path, "w,a\nv,7\nx,8\n", "new.csv")
        with pytest.raises(DataError, match=r'new\.csv:3:1: "x".*allowed: "u", "v"'):
            self.DATASET.read_inputs(source, state)

    def test_no_row_is_dropped(self, tmp_path: Path, state: dict[str, Any]) -> None:
        source = write(tmp_path, "w,a\nv,?\n", "new.csv")
        with pytest.raises(DataError, match=r"new\.csv:2:2: .*answers every row"):
            self.DATASET.read_inputs(source, state)

    @pytest.mark.parametrize("missing", [None, "drop", -1])
    def test_the_advice_is_not_about_how_it_was_trained(
        self, tmp_path: Path, missing: float | str | None
    ) -> None:
        """A word that is missing: no number stands in its place either."""
        dataset = CSV(path="t.csv", target="y", categories=("w",), missing=missing)
        write(tmp_path, "w,a,y\nu,1,0\nv,2,1\n")
        source = write(tmp_path, "w,a\n?,7\n", "new.csv")
        with pytest.raises(DataError, match=r"new\.csv:2:1: .*fill it: a prediction answers every"):
            dataset.read_inputs(source, dataset.open(tmp_path).state)

    def test_without_a_header_the_target_s_column_may_lack(self, tmp_path: Path) -> None:
        dataset = CSV(path="t.csv", header=False, target=1)
        write(tmp_path, "1,0,2\n3,1,4\n")
        state = dataset.open(tmp_path).state
        for text in ("5,6\n", "5,?,6\n"):
            inputs = dataset.read_inputs(write(tmp_path, text, "new.csv"), state)
            assert inputs is not None
            assert inputs.tolist() == [[5, 6]]
        with pytest.raises(DataError, match="the training file had 3"):
            dataset.read_inputs(write(tmp_path, "5\n", "new.csv"), state)

    def test_no_rows_give_no_samples(self, tmp_path: Path, state: dict[str, Any]) -> None:
        inputs = self.DATASET.read_inputs(write(tmp_path, "w,a\n", "new.csv"), state)
        assert inputs is not None
        assert inputs.shape == (0, 3)

    def test_files_of_other_kinds_are_not_its_own(self, tmp_path: Path) -> None:
        assert self.DATASET.read_inputs(tmp_path / "x.npy", None) is None


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"target": 1}, "by name"),
        ({"target": "y", "header": False}, "by index"),
        ({"target": 1.5}, "names no column"),
        ({"target": "y", "features": ("y",)}, "is no feature"),
        ({"target": "y", "features": ("a", "a")}, "twice"),
        ({"target": "y", "features": ()}, "at least 1"),
        ({"target": "y", "features": ("a",), "categories": ("b",)}, '"b" is no feature'),
        ({"target": "y", "delimiter": ",,"}, "one sign"),
        ({"target": "y", "delimiter": '"'}, "one sign"),
        ({"target": "y", "decimal": ","}, "same sign"),
        ({"target": "y", "decimal": "'"}, "decimal"),
        ({"target": "y", "missing": "zero"}, '"drop"'),
        ({"target": "y", "missing": True}, '"drop"'),
        ({"target": "y", "missing": float("nan")}, '"drop"'),
        ({"target": "y", "one_hot": True, "target_kind": "number"}, "one-hot"),
    ],
)
def test_options_that_contradict_are_refused_in_the_spec(
    options: dict[str, Any], says: str
) -> None:
    with pytest.raises(SpecError, match=says):
        CSV(path="t.csv", **options)


def test_paths_that_leave_the_folder_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "a,y\n1,0\n")
    for options in ({"path": "../t.csv"}, {"path": "t.csv", "test": "/etc/passwd"}):
        with pytest.raises(SpecError, match="leaves the data's folder") as caught:
            CSV(target="y", **options).open(tmp_path)
        assert ("test" in options) == ("/training/data/test" in str(caught.value))
