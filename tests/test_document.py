"""The strict reading of JSON: what is refused, and where each value stands."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.document import MAX_BYTES, MAX_DEPTH, Document, parse
from netspec.errors import (
    DataError,
    Fault,
    JSONPath,
    LimitError,
    NetspecError,
    Place,
    RunLocked,
    SpecError,
    pointer,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@st.composite
def json_texts(draw: st.DrawFn) -> str:
    text = json.dumps(
        draw(VALUES),
        indent=draw(st.sampled_from([None, 0, 2, "\t"])),
        ensure_ascii=draw(st.booleans()),
        separators=draw(st.sampled_from([(",", ":"), (" ,\r\n", " : "), (", ", ":\t")])),
    )
    return draw(st.sampled_from(["", " ", "\r\n\t"])) + text + draw(st.sampled_from(["", "\n"]))


def paths(value: Any, path: JSONPath = ()) -> Iterator[tuple[JSONPath, Any]]:
    yield path, value
    if isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(child, (*path, key))


def offset(text: str, place: Place) -> int:
    return sum(len(line) + 1 for line in text.split("\n")[: place.line - 1]) + place.column - 1


def refused(
    source: bytes | str, kind: type[NetspecError] = SpecError, **limits: int
) -> list[Fault]:
    with pytest.raises(NetspecError) as caught:
        parse(source, "spec.json", **limits)
    assert type(caught.value) is kind
    assert all(fault.place and fault.place.file == "spec.json" for fault in caught.value.faults)
    return list(caught.value.faults)


def faults_of(source: bytes | str) -> tuple[Fault, ...]:
    try:
        parse(source)
    except SpecError as error:
        return error.faults
    return ()


def where(fault: Fault) -> tuple[int, int]:
    assert fault.place
    return fault.place.line, fault.place.column


@given(json_texts())
def test_the_value_is_what_json_says(text: str) -> None:
    for source in (text, text.encode()):
        document = parse(source)
        assert repr(document.value) == repr(json.loads(text))
        assert document.text == text


@given(json_texts())
def test_every_path_is_placed_at_the_text_of_its_value_and_of_its_key(text: str) -> None:
    document = parse(text, "spec.json")
    decoder = json.JSONDecoder()
    for path, value in paths(document.value):
        place = document.place(path)
        assert place
        assert place.file == "spec.json"
        assert place.text == text.split("\n")[place.line - 1].removesuffix("\r")
        assert repr(decoder.raw_decode(text, offset(text, place))[0]) == repr(value)
        key = document.place(path, "key")
        assert key
        if path and isinstance(path[-1], str):
            assert decoder.raw_decode(text, offset(text, key))[0] == path[-1]
        else:
            assert key == place


@given(
    st.text(max_size=30)
    | st.text('[]{}",:\\ud8a1.-eE+tNI \n', max_size=30)
    | st.binary(max_size=30)
)
def test_no_foreign_exception_leaves(source: str | bytes) -> None:
    assert all(fault.place for fault in faults_of(source))


@given(json_texts(), st.data())
def test_a_text_that_was_cut_or_damaged_is_refused_at_a_place_inside_it(
    text: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(text)))
    damaged = text[:at] + data.draw(st.sampled_from(["", ",", "]", "}", '"', "\\", "'", "\x00"]))
    damaged += text[at + data.draw(st.integers(0, 2)) :]
    for fault in faults_of(damaged):
        assert fault.what
        assert fault.place
        assert 1 <= fault.place.column <= len(fault.place.text) + 1


@pytest.mark.parametrize(
    ("text", "path", "column"),
    [
        ('{"a": 1, "a": 2}', ("a",), 10),
        ('{"a": 1, "\\u0061": 2}', ("a",), 10),
        ('{"a": 1, "b": {"a": 1}, "a": [1]}', ("a",), 25),
        ('[{"": 1, "": 1}]', (0, ""), 10),
        ("[NaN]", (0,), 2),
        ('{"a": Infinity}', ("a",), 7),
        ("[1, -Infinity]", (1,), 5),
        ("1e999", (), 1),
        ("[-1e999]", (0,), 2),
        (f"[{2**64}]", (0,), 2),
        (f"[{-(2**63) - 1}]", (0,), 2),
        ("[" + "9" * 5000 + "]", (0,), 2),
        ('["\\ud800"]', (0,), 2),
        ('["\\uDC00\\uD800"]', (0,), 2),
        ('["\\\\ud83d\\ude00"]', (0,), 2),
        ('{"\\udfff": 1}', ("\udfff",), 2),
        ('{"\\udfff": "\\ud801"}', ("\udfff",), 2),
    ],
)
def test_what_json_would_let_pass_is_refused(text: str, path: JSONPath, column: int) -> None:
    fault = refused(text)[0]
    assert fault.path == path
    assert where(fault) == (1, column)
    assert fault.right


def test_a_duplicate_key_says_where_the_first_is() -> None:
    (fault,) = refused('{\n"seed": 1,\n"seed": 2}')
    assert fault.what == 'the key "seed" stands twice in one object'
    assert "line 2" in fault.right
    assert fault.at == "key"


@pytest.mark.parametrize("number", [0, 2**63 - 1, 2**63, 2**64 - 1, -(2**63)])
def test_integers_of_64_bits_are_kept(number: int) -> None:
    assert parse(str(number)).value == number


@pytest.mark.parametrize("text", ['"\\ud83d\\ude00"', '"\\\\ud800"', '{"\\uD83D\\uDE00": 1e-999}'])
def test_whole_surrogate_pairs_and_small_numbers_are_taken(text: str) -> None:
    assert parse(text).value == json.loads(text)


def test_all_faults_are_reported_at_once_in_the_order_of_the_text() -> None:
    text = '{"a": NaN,\n "b": [1e999, {"c": 1, "c": 2}],\n "a": "\\ud800",\n "d": 1e999}'
    faults = refused(text)
    assert [where(fault) for fault in faults] == [(1, 7), (2, 8), (2, 24), (3, 2), (3, 7), (4, 7)]
    assert [pointer(fault.path or ()) for fault in faults] == [
        "/a", "/b/0", "/b/1/c", "/a", "/a", "/d",
    ]  # fmt: skip


def test_a_flood_of_faults_is_cut() -> None:
    assert len(refused("[" + "NaN," * 100_000 + "NaN]")) == 100


@pytest.mark.parametrize(
    ("text", "place", "what", "right"),
    [
        ("", (1, 1), "empty", "object"),
        (" \n ", (1, 1), "empty", "object"),
        ("[1,\n 2,\n]", (2, 3), "comma after the last item", "remove"),
        ('{"a": 1,}', (1, 8), "comma after the last item", "remove"),
        ("[1,,2]", (1, 4), "value is missing", "write one"),
        ('{"a": }', (1, 7), "value is missing", "write one"),
        ("{'a': 1}", (1, 2), "quotation mark", '"…"'),
        ("[“a”]", (1, 2), "quotation mark", '"…"'),
        ('{"a": 1 // one\n}', (1, 9), "no comments", "remove"),
        ('/* one */ {"a": 1}', (1, 1), "no comments", "remove"),
        ("[1] # one", (1, 5), "no comments", "remove"),
        ('{"a": 1\n "b": 2}', (2, 2), 'comma is missing before "b"', "write one"),
        ("[1; 2]", (1, 3), "where a comma belongs", "comma"),
        ("[1 2]", (1, 4), 'comma is missing before "2"', "write one"),
        ('{"a" 1}', (1, 6), "colon is missing", '"key": value'),
        ('{"a" = 1}', (1, 6), "colon is missing", '"key": value'),
        ('["a": 1]', (1, 5), "colon where a comma belongs", "{ }"),
        ("[1:2]", (1, 3), "colon where a comma belongs", "{ }"),
        ('["abc', (1, 2), "string is not closed", "at its end"),
        ('["abc,\r\n1]', (1, 7), "not closed in its line", "at its end"),
        ('["a\tb"]', (1, 4), "U+0009", "\\t"),
        ('["C:\\data"]', (1, 5), '"\\d" is no escape', "\\\\"),
        ('["\\u12x4"]', (1, 3), "is no escape", "four hex digits"),
        ('{"a": [1, {"b": 2}', (1, 7), '"[" is never closed', '"]"'),
        ('{"a": 1', (1, 1), '"{" is never closed', '"}"'),
        ("[1}", (1, 3), '"}" cannot close "["', '"]"'),
        ("[1]]", (1, 4), '"]" closes nothing', "remove"),
        ("{} {}", (1, 4), "after the end", "one JSON value"),
        ("[True]", (1, 2), '"True"', "write true"),
        ('{"a": None}', (1, 7), '"None"', "write null"),
        ("[nan]", (1, 2), '"nan" is no number', "finite"),
        ("[relu]", (1, 2), '"relu" has no quotes', "quotes"),
        ("{a: 1}", (1, 2), 'key "a" has no quotes', 'write "a"'),
        ("[01]", (1, 2), '"01" is no number', "0.5"),
        ("[1.]", (1, 2), '"1." is no number', "0.5"),
        ("[+1]", (1, 2), '"+1" is no number', "0.5"),
        ("[1_000]", (1, 2), '"1_000" is no number', "0.5"),
        ("[1,\u00a02]", (1, 4), "U+00A0", "ordinary space"),
        ("[;]", (1, 2), '";" where a value belongs', "write one"),
    ],
)
def test_a_syntax_error_says_what_is_wrong_where_and_the_way_out(
    text: str, place: tuple[int, int], what: str, right: str
) -> None:
    (fault,) = refused(text)
    assert where(fault) == place
    assert what in fault.what
    assert right in fault.right


@pytest.mark.parametrize(
    ("source", "place", "what"),
    [
        (b'\xef\xbb\xbf{"a": 1}', (1, 1), "byte-order mark"),
        ('\ufeff{"a": 1}', (1, 1), "byte-order mark"),
        ('{"a": 1}'.encode("utf-16"), (1, 1), "UTF-16"),
        ('{"a": 1}'.encode("utf-16-le"), (1, 1), "UTF-16-LE"),
        ('{"a": 1}'.encode("utf-32-be"), (1, 1), "UTF-32-BE"),
        ('{\n"가": "é"}'.encode()[:-3] + b'\xe9"}', (2, 7), "0xc3"),
        (b'{\n"\xea\xb0\x80": "\xe9"}', (2, 7), "0xe9"),
        (b'["\xed\xa0\x80"]', (1, 3), "0xed"),
        ('["\ud800"]', (1, 3), "surrogate"),
    ],
)
def test_only_utf8_without_a_mark_is_read(
    source: bytes | str, place: tuple[int, int], what: str
) -> None:
    (fault,) = refused(source)
    assert where(fault) == place
    assert what in fault.what
    assert fault.right


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ('\t{"a": NaN}', 8),
        ('{"이름": "한글", "값": NaN}', 19),
        ('{"😀": NaN}', 7),
        ('{"a": 1,\r\n "b": NaN}', 7),
    ],
)
def test_columns_count_characters(text: str, column: int) -> None:
    (fault,) = refused(text)
    assert fault.place
    assert fault.place.column == column
    assert fault.place.text == text.split("\n")[-1]


def test_the_line_of_a_place_has_no_carriage_return() -> None:
    place = parse('{"a":\r\n [1,\r\n 2]}', "f").place(("a", 0))
    assert place == Place("f", 2, 3, " [1,")


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_nesting_is_limited(opening: str, closing: str) -> None:
    def nested(levels: int) -> str:
        return opening * levels + "1" * (opening != "[") + closing * levels

    assert parse(nested(MAX_DEPTH)).value
    for levels in (MAX_DEPTH + 1, 900, 100_000):
        (fault,) = refused(nested(levels), LimitError)
        assert where(fault) == (1, MAX_DEPTH * len(opening) + 1)
    assert parse(nested(MAX_DEPTH + 1), max_depth=MAX_DEPTH + 1).value
    assert refused("[]", LimitError, max_depth=0)


def test_an_unclosed_tower_of_brackets_is_over_the_limit() -> None:
    assert where(refused("[" * 100_000, LimitError)[0]) == (1, 33)


def test_depth_that_a_duplicate_key_hides_is_seen() -> None:
    assert refused('{"a": ' + "[" * 40 + "]" * 40 + ', "a": 1}', LimitError)


def test_size_is_limited_in_bytes() -> None:
    text = '"가나"'
    assert parse(text, max_bytes=8).value == "가나"
    for source in (text, text.encode()):
        (fault,) = refused(source, LimitError, max_bytes=7)
        assert "7 bytes" in fault.what
    assert refused(b" " * (MAX_BYTES + 1), LimitError)


def test_the_place_of_a_path_that_is_not_there_is_none() -> None:
    document = parse('{"a": [1]}', "f")
    for path in [("b",), ("a", 1), ("a", "0"), ("a", 0, 0), (0,)]:
        assert document.place(path) is None


def test_a_document_made_in_python_has_no_places() -> None:
    document = Document({"a": 1})
    assert document.place(("a",)) is None
    assert document.place(()) is None
    error = document.locate(SpecError("wrong", path=("a",)))
    assert str(error) == "/a: wrong"


def test_pointers_are_escaped_and_paths_are_not() -> None:
    (fault,) = refused('{"a/b~": {"\\n": NaN}}')
    assert fault.path == ("a/b~", "\n")
    assert str(fault).startswith("spec.json:1:17: /a~1b~0/\\n: NaN")


LAYERS = parse('{"layers": [\n  {"type": "dense", "unit": 3},\n  "relu"\n]}', "spec.json")


@pytest.mark.parametrize(
    ("fault", "place"),
    [
        (Fault("w", path=()), (1, 1)),
        (Fault("w", path=("layers", 1)), (3, 3)),
        (Fault("w", path=("layers", 0, "unit")), (2, 29)),
        (Fault("w", path=("layers", 0, "unit"), at="key"), (2, 21)),
        (Fault("w", path=("layers", 1), at="key"), (3, 3)),
        (Fault("missing", path=("layers", 0, "units")), (2, 3)),
        (Fault("missing", path=("layers", 0, "units"), at="key"), (2, 3)),
        (Fault("missing", path=("layers", 1, "units")), (3, 3)),
        (Fault("missing", path=("training", "data", "type")), (1, 1)),
    ],
)
def test_locate_places_a_fault_at_its_value_its_key_or_its_nearest_ancestor(
    fault: Fault, place: tuple[int, int]
) -> None:
    (located,) = LAYERS.locate(SpecError.of([fault])).faults
    assert where(located) == place
    assert (located.what, located.path, located.at) == (fault.what, fault.path, fault.at)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("no path"),
        Fault("placed", path=("layers",), place=Place("other.json", 7, 7)),
        Fault("of an option", path=("layers",), origin="--set layers"),
    ],
)
def test_locate_leaves_alone_what_has_a_place_or_comes_from_elsewhere(fault: Fault) -> None:
    assert LAYERS.locate(SpecError.of([fault])).faults == (fault,)


@pytest.mark.parametrize("kind", [SpecError, DataError, LimitError, RunLocked])
def test_locate_keeps_the_class_and_the_order(kind: type[NetspecError]) -> None:
    error = LAYERS.locate(kind.of([Fault("b", path=("layers", 1)), Fault("a", path=("layers",))]))
    assert type(error) is kind
    assert [fault.what for fault in error.faults] == ["b", "a"]


def test_the_repr_does_not_repeat_the_text() -> None:
    assert repr(parse("[1 ]", "f")) == "Document(value=[1], file='f')"


def seconds(call: Any) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


LAYER = {"type": "dense", "units": 10, "weight_init": {"type": "uniform", "low": -0.5}}
LARGE = json.dumps([LAYER] * 15_000, indent=1)


def test_the_strict_reading_of_a_large_text_is_near_that_of_json() -> None:
    assert len(LARGE) > 1.2 * 2**20
    plain = min(seconds(lambda: json.loads(LARGE)) for _ in range(3))
    assert min(seconds(lambda: parse(LARGE)) for _ in range(3)) < 20 * plain


def test_a_fault_at_the_end_of_a_large_text_is_found_soon() -> None:
    assert seconds(lambda: refused(LARGE[:-1] + ", NaN]")) < 5
    assert seconds(lambda: parse(LARGE).place((14_999, "units"))) < 5


@pytest.mark.parametrize(
    "text",
    ['["' + '\\"' * 2**19, "[" + "1" * 2**20, "a" * 2**20, "[1" + " " * 2**20 + "2]", '"' * 2**20],
    ids=["escaped quotes", "digits", "letters", "spaces", "quotes"],
)
def test_a_malicious_text_is_refused_in_linear_time(text: str) -> None:
    assert seconds(lambda: refused(text)) < 5


def test_reading_loads_neither_numpy_nor_pydantic() -> None:
    code = "import sys, netspec.document; sys.exit(bool({'numpy', 'pydantic'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True)
