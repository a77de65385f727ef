"""What pydantic refuses is said in the field's own words."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from netspec import Many, SpecError
from netspec.errors import MOST_FAULTS
from netspec.spec import Spec
from netspec.wording import article, errors_of, refusal, shown


class Fields(Spec):
    """One field for each thing that can be wrong with a value."""

    whole: int = 0
    real: float = 0.0
    truth: bool = False
    text: str = ""
    object: dict[str, int] = Field(default_factory=dict)
    above: float = Field(1.0, gt=0)
    least: int = Field(1, ge=1)
    below: float = Field(0.0, lt=1)
    most: int = Field(1, le=9)
    even: int = Field(2, multiple_of=2)
    choice: Literal["mean", "sum", "half_sum"] = "mean"
    few: Many[int] = Field((1,), min_length=1, max_length=3)
    short: str = Field("ab", min_length=2, max_length=4)
    shape: Many[Annotated[int, Field(gt=0)]] = ()
    pairs: Many[tuple[int, int]] = ()
    pattern: str = Field("a", pattern="^a")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("whole", "3", '"whole" is "3"; it must be a whole number, without quotes'),
        ("whole", 3.5, '"whole" is 3.5; it must be a whole number'),
        ("whole", True, '"whole" is true; it must be a whole number'),
        ("whole", None, '"whole" is null; it must be a whole number'),
        ("real", "x", '"real" is "x"; it must be a number'),
        ("real", float("nan"), '"real" is NaN; it must be a finite number'),
        ("real", [1], '"real" is [1]; it must be a number'),
        ("truth", 1, '"truth" is 1; it must be true or false'),
        ("text", 1, '"text" is 1; it must be a string'),
        ("object", [], '"object" is []; it must be an object'),
        ("above", 0, '"above" is 0; it must be above 0'),
        ("least", 0, '"least" is 0; it must be at least 1'),
        ("below", 1.0, '"below" is 1.0; it must be below 1'),
        ("most", 10, '"most" is 10; it must be at most 9'),
        ("even", 3, '"even" is 3; it must be a multiple of 2'),
        ("choice", "avg", '"choice" is "avg"; it must be "mean", "sum" or "half_sum"'),
        ("few", [], '"few" is []; it must have at least 1 value'),
        ("few", [1, 2, 3, 4], '"few" is [1, 2, 3, 4]; it must have at most 3 values'),
        ("few", "abc", '"few" is "abc"; it must be a list, such as ["abc"]'),
        ("short", "a", '"short" is "a"; it must have at least 2 characters'),
        ("short", "abcde", '"short" is "abcde"; it must have at most 4 characters'),
        ("shape", [3, 0], '"shape[1]" is 0; it must be above 0'),
        ("shape", {}, '"shape" is an object; it must be a list'),
    ],
)
def test_the_words_say_what_is_there_and_what_must_be(field: str, value: Any, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        Fields(**{field: value})
    (fault,) = caught.value.faults
    assert f"{fault.what}; {fault.right}" == words
    assert fault.path is not None
    assert fault.path[0] == field


@pytest.mark.parametrize("value", [3, "x", None, [1], {"a": 1}, 1.5, True])
def test_no_message_speaks_of_pydantic_or_of_python_s_types(value: Any) -> None:
    for field in Fields.model_fields:
        try:
            Fields(**{field: value})
        except SpecError as error:
            words = str(error)
            assert not any(word in words for word in ("pydantic", "Input should", "dict", "tuple"))
            assert f'"{field}' in words


def test_a_missing_field_is_named() -> None:
    class Needy(Spec):
        units: int

    with pytest.raises(SpecError, match='"units" is missing; add it'):
        Needy()  # type: ignore[call-arg]


def test_tags_of_a_union_stand_in_no_path() -> None:
    from netspec import SGD

    with pytest.raises(SpecError) as caught:
        SGD(learning_rate=-1)
    assert [fault.path for fault in caught.value.faults] == [("learning_rate",)]


def test_a_validation_with_several_faults_is_one_error_with_all_of_them() -> None:
    with pytest.raises(ValidationError) as caught:
        Fields.__pydantic_validator__.validate_python({"whole": "x", "least": 0})
    assert [each.faults[0].path for each in errors_of(caught.value)] == [("whole",), ("least",)]
    assert len(refusal(caught.value).faults) == 2


def test_of_many_faults_the_first_are_told_and_how_many_more_there_are() -> None:
    with pytest.raises(SpecError) as caught:
        Fields(shape=(-1,) * 1000)
    assert len(caught.value.faults) == MOST_FAULTS + 1
    assert str(caught.value).endswith("\nand at least 900 more")


def test_a_long_list_is_validated_up_to_the_first_piece_with_faults() -> None:
    whole = Fields(shape=[1] * 2500)
    assert whole.shape == (1,) * 2500
    with pytest.raises(SpecError) as caught:
        Fields(shape=[1] * 1500 + [-1] * 10**6)
    assert caught.value.faults[0].path == ("shape", 1500)
    assert str(caught.value).endswith("\nand at least 400 more")


def test_faults_of_a_part_that_are_not_told_are_counted_with_those_of_the_whole() -> None:
    class Whole(Spec):
        parts: Many[Fields] = ()

    with pytest.raises(ValidationError) as caught:
        Whole.__pydantic_validator__.validate_python({"parts": [{"shape": [-1] * 150}] * 3})
    assert str(refusal(caught.value)).endswith("\nand at least 350 more")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (True, "true"),
        (0.1, "0.1"),
        ("a\nb", '"a\\nb"'),
        ("\u202egnp", '"\\u202egnp"'),
        ([1, [2]], "[1, [2]]"),
        (list(range(9)), "a list"),
        ({"a": 1}, "an object"),
        (["\u202egnp"], '["\\u202egnp"]'),
        ({1, 2}, "set {1, 2}"),
        (Fields, f"ModelMetaclass {Fields!r}"),
    ],
)
def test_a_value_is_shown_as_json_would_write_it(value: Any, words: str) -> None:
    assert shown(value) == words


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_whatever_is_shown_is_short_and_moves_no_cursor(value: Any) -> None:
    words = shown(value)
    assert len(words) <= 700
    assert words.isprintable()


def test_an_article_fits_its_noun() -> None:
    assert [article(noun) for noun in ("layer", "activation", "optimizer")] == [
        "a layer",
        "an activation",
        "an optimizer",
    ]
