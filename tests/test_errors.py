"""How an error shows where it stands, and what it suggests."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.errors import (
    DataError,
    LimitError,
    Place,
    PluginError,
    SpecError,
    cells,
    nearest,
    pointer,
    printable,
    together,
)

LINES = st.text(st.characters(exclude_characters="\n\r"), min_size=1, max_size=300)


@given(LINES, st.data())
def test_the_caret_stands_under_the_column_however_long_the_line_is(
    line: str, data: st.DataObject
) -> None:
    column = data.draw(st.integers(1, len(line)))
    shown, caret = Place("f", 1, column, line).drawing().split("\n")
    assert caret[-1] == "^"
    assert caret[:-1].strip(" \t") == ""
    before = [at for at in range(len(shown)) if cells(shown[:at]) == cells(caret[:-1])]
    assert any(shown[at:].startswith(printable(line[column - 1])) for at in before)
    assert cells(shown) < 1000


def test_a_short_line_is_drawn_whole_and_a_long_one_says_where_it_was_cut() -> None:
    assert Place("f", 1, 3, "abc").drawing() == "    abc\n      ^"
    shown, caret = Place("f", 1, 150, "x" * 149 + "!" + "y" * 149).drawing().split("\n")
    assert shown[4] == shown[-1] == "…"
    assert shown[len(caret) - 1] == "!"
    assert Place("f", 1, 1, "x" * 200).drawing().split("\n")[0][4] == "x"
    assert Place("f", 1, 200, "x" * 200).drawing().split("\n")[0][-1] == "x"
    assert Place("f", 1, 2, "\tx").drawing() == "    \tx\n    \t^"


def test_hangul_takes_two_cells_and_a_combining_accent_none() -> None:
    assert cells("abc") == 3
    assert cells("한글") == 4
    assert cells("e\N{COMBINING ACUTE ACCENT}") == 1


def test_a_line_that_could_move_the_cursor_is_drawn_as_escapes() -> None:
    assert Place("f", 1, 3, "a\x1b!").drawing() == "    a\\x1b!\n         ^"


def test_the_nearest_name_is_suggested_and_few_are_all_listed() -> None:
    assert nearest("dens", ["dense", "relu"]) == 'did you mean "dense"? (known: dense, relu)'
    assert nearest("zzz", ["dense", "relu"]) == "known: dense, relu"
    assert nearest("x", []) == "none is known"
    many = [f"name_{n}" for n in range(30)] + ["dense"]
    assert nearest("dens", many) == 'did you mean "dense"? (one of 31 that are known)'


def test_several_errors_become_one_of_the_class_that_says_most() -> None:
    first, second = SpecError("a", path=("b",)), LimitError("c")
    assert type(together([first])) is SpecError
    both = together([first, second])
    assert type(both) is LimitError
    assert [fault.what for fault in both.faults] == ["a", "c"]


@pytest.mark.parametrize("kind", [SpecError, DataError, PluginError])
def test_an_error_survives_pickling(kind: type[SpecError]) -> None:
    error = kind("what", "right", path=("layers", 0))
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.faults) == (kind, error.faults)


def test_a_pointer_escapes_what_json_pointers_escape() -> None:
    assert pointer(("a/b", "c~d", 3)) == "/a~1b/c~0d/3"
