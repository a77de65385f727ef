"""Specs: frozen, strict, written and read back; and components that find their class."""

from __future__ import annotations

import copy
import json
import pickle
import weakref
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError, model_validator

from netspec import (
    Component,
    Dense,
    Initializer,
    LayerSpec,
    Many,
    Name,
    NetspecError,
    PluginError,
    Registry,
    Residual,
    SpecError,
    builtins,
)
from netspec.spec import Spec, check_name
from netspec.wording import errors_of

REGISTRY = Registry(builtins)


class Inner(Spec):
    """A part of a part."""

    number: int = 0


class Everything(Spec):
    """A field of each kind of value."""

    whole: int = Field(0, ge=-5)
    real: float = 0.0
    truth: bool = False
    words: str = ""
    nothing: int | None = None
    list_: Many[int] = Field((), alias="list")
    inner: Inner = Inner()
    inners: Many[Inner] = ()
    free: dict[str, Any] = Field(default_factory=dict)


def read(cls: type[Spec], value: Any) -> Any:
    """The spec that a document's value holds, or every error that it has."""
    try:
        return TypeAdapter(cls).validate_python(value, context={"registry": REGISTRY})
    except ValidationError as error:
        faults = [fault for each in errors_of(error) for fault in each.faults]
        kinds = {type(each) for each in errors_of(error)}
        raise kinds.pop().of(faults) from None


def said(cls: type[Spec], value: Any) -> list[str]:
    with pytest.raises(NetspecError) as caught:
        read(cls, value)
    return [str(fault) for fault in caught.value.faults]


def test_several_threads_may_be_the_first_to_use_a_class() -> None:
    """Its validator is built then, not when the class is made."""
    for _ in range(20):

        class Fresh(Spec):
            """Nobody has used it yet."""

            number: int = Field(0, ge=0)
            inner: Inner = Inner()

        gate = Barrier(8)

        def use(number: int, cls: type[Any] = Fresh, gate: Barrier = gate) -> int:
            gate.wait()
            if number % 2:
                return int(cls(number=number).number)
            return int(read(cls, {"number": number, "inner": {"number": 1}}).number)

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(use, range(8))) == list(range(8))


def test_the_first_use_of_a_class_keeps_no_local_of_its_user_alive() -> None:
    class Fresh(Spec):
        """Nobody has used it yet."""

        inner: Inner = Inner()

    class Large:
        """What a user may want to be rid of."""

    mine = Large()
    gone = weakref.ref(mine)
    Fresh(inner={"number": 1})
    del mine
    assert gone() is None


# Names.


@pytest.mark.parametrize("name", ["", "a", "größe", "層_1", "a-b_C9", "x" * 64, "contour"])
def test_a_name_has_letters_of_any_script_digits_and_two_signs(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "a.b",
        "a/b",
        "a\\b",
        "a b",
        "..",
        "a\n",
        "\u202ea",
        "a\0",
        "x" * 65,
        "CON",
        "nul",
        "Lpt1",
        "a:b",
    ],
)
def test_a_name_that_could_be_a_path_or_a_trick_is_refused(name: str) -> None:
    with pytest.raises(SpecError, match="is no name"):
        check_name(name)


@given(st.text(max_size=80))
def test_a_name_is_kept_or_refused_and_never_changed(name: str) -> None:
    try:
        said = check_name(name)
    except SpecError as error:
        said = str(error)
    assert said == name or said.isprintable()


# Values are strict.


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("whole", "3"),
        ("whole", 3.0),
        ("whole", True),
        ("whole", None),
        ("whole", -6),
        ("real", "0.1"),
        ("real", True),
        ("real", float("nan")),
        ("real", float("inf")),
        ("truth", 1),
        ("truth", "true"),
        ("words", 3),
        ("words", b"bytes"),
        ("list", "12"),
        ("list", [1, "2"]),
        ("list", {"0": 1}),
        ("inner", 3),
        ("inner", {"number": "3"}),
    ],
)
def test_a_value_of_another_kind_is_refused_and_never_converted(field: str, value: Any) -> None:
    with pytest.raises(SpecError) as caught:
        Everything(**{field: value})
    (fault,) = caught.value.faults
    assert fault.path is not None
    assert fault.path[0] == field


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        (np.int64(3), 3),
        (np.array(3), 3),
        (np.uint8(255), 255),
    ],
)
def test_in_python_a_numpy_scalar_counts_as_its_item(given_: Any, kept: int) -> None:
    spec = Everything(whole=given_, list=[given_, given_], real=np.float32(0.5), truth=np.True_)
    assert (spec.whole, spec.list_, spec.real, spec.truth) == (kept, (kept, kept), 0.5, True)
    assert type(spec.whole) is int
    json.dumps(spec.document())


def test_a_whole_number_is_a_number_too() -> None:
    assert Everything(real=3).real == 3.0


def test_a_spec_is_frozen_and_its_copy_is_itself() -> None:
    spec = Everything(whole=1)
    with pytest.raises(ValidationError):
        spec.whole = 2
    assert copy.deepcopy(spec) is spec
    assert pickle.loads(pickle.dumps(spec)) == spec


def test_an_unknown_key_is_refused_with_the_nearest_at_any_depth() -> None:
    known = "free, inner, inners, list, nothing, real, truth, whole, words"
    assert said(Everything, {"whole_": 1}) == [
        f'/whole_: unknown key "whole_"; did you mean "whole"? (known: {known})'
    ]
    assert said(Everything, {"inners": [{}, {"numbr": 1}]}) == [
        '/inners/1/numbr: unknown key "numbr"; did you mean "number"? (known: number)'
    ]
    with pytest.raises(SpecError, match='unknown key "unit"; did you mean "units"'):
        Dense(unit=10)  # type: ignore[call-arg]


def test_every_fault_is_told_at_once_in_the_order_of_the_fields() -> None:
    faults = said(Everything, {"words": 1, "whole": "x", "inner": {"number": None, "x": 1}})
    assert [fault.partition(":")[0] for fault in faults] == [
        "/whole",
        "/words",
        "/inner/number",
        "/inner/x",
    ]


# Writing.


def test_defaults_are_left_out_and_kept_on_demand() -> None:
    assert Everything().document() == {}
    assert Everything(whole=0, list=[]).document() == {}
    assert list(Everything().document(defaults=True)) == Everything.keys()
    assert Everything(inner=Inner(number=2)).document() == {"inner": {"number": 2}}
    assert Dense(units=3).document() == {"type": "dense", "units": 3}


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "whole": st.integers(-5, 2**62),
            "real": st.floats(allow_nan=False, allow_infinity=False),
            "truth": st.booleans(),
            "words": st.text(),
            "nothing": st.none() | st.integers(-9, 9),
            "list": st.lists(st.integers(-9, 9), max_size=3),
            "inner": st.fixed_dictionaries({}, optional={"number": st.integers(0, 9)}),
            "inners": st.lists(st.just({"number": 1}), max_size=2),
            "free": st.dictionaries(st.text(), st.integers() | st.lists(st.text())),
        },
    ),
    st.booleans(),
)
def test_what_is_written_reads_back_as_the_same_spec(value: dict[str, Any], defaults: bool) -> None:
    spec = read(Everything, value)
    text = json.dumps(spec.document(defaults), allow_nan=False)
    again = read(Everything, json.loads(text))
    assert again == spec
    assert again.document(defaults) == spec.document(defaults)


def test_a_field_that_no_json_can_say_is_refused_when_it_is_written() -> None:
    """A plugin's fault, found at save and never at load."""

    class Odd(LayerSpec):
        type: Literal["odd"] = "odd"
        shape: Any = None

        def build(self, site: Any) -> Any:
            raise NotImplementedError

    with pytest.raises(PluginError, match='the field "shape" holds a set, which no JSON can say'):
        Odd(shape={1}).document()


def test_a_document_calls_components_as_the_caller_says() -> None:
    def full(cls: type[Component]) -> str:
        return f"somebody/{cls.type_name()}"

    spec = Residual(layers=(Dense(units=2),))
    assert spec.document(called=full) == {
        "type": "somebody/residual",
        "layers": [{"type": "somebody/dense", "units": 2}],
    }


# Components.


class Named(Spec):
    """Fields of two kinds."""

    name: Name = ""
    layer: LayerSpec | None = None
    layers: Many[LayerSpec] = ()
    start: Initializer | None = None


def test_a_component_is_written_as_its_type_an_object_or_an_instance() -> None:
    for written in ("tanh", {"type": "tanh"}, "netspec.builtins/tanh"):
        assert read(Named, {"layer": written}).layer.type == "tanh"
    spec = Dense(units=2)
    assert read(Named, {"layer": spec}).layer is spec
    assert Named(layers=[spec, spec]).layers == (spec, spec)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ({"layer": 3}, "/layer: 3 is not a layer; write the type of a layer"),
        ({"layer": {"units": 3}}, '/layer: "type" is missing; say which layer this is'),
        ({"layer": {"type": 3}}, '/layer/type: "type" is 3; it must be a string'),
        ({"layer": ["dense"]}, '/layer: ["dense"] is not a layer'),
        ({"layer": "dens"}, '/layer: unknown layer "dens"; did you mean "dense"?'),
        ({"layer": {"type": "dens"}}, '/layer/type: unknown layer "dens"'),
        ({"layers": ["tanh", {"type": "dense"}]}, '/layers/1/units: "units" is missing; add it'),
        (
            {"layers": [{"type": "dense", "units": 0}]},
            '/layers/0/units: "units" is 0; it must be above 0',
        ),
        ({"start": "tanh"}, '/start: unknown initializer "tanh"'),
        (
            {"layer": {"type": "residual", "layers": [{"type": "dense", "units": "x"}]}},
            '/layer/layers/0/units: "units" is "x"; it must be a whole number',
        ),
        ({"name": "a.b"}, '/name: "a.b" is no name'),
    ],
)
def test_what_is_no_component_is_refused_at_its_place(value: Any, what: str) -> None:
    (fault,) = said(Named, value)
    assert fault.startswith(what)


def test_a_field_of_one_class_alone_refuses_in_our_words_too() -> None:
    class Pair(Spec):
        first: Dense

    assert said(Pair, {"first": {"type": "dense", "unit": 3}}) == [
        '/first/units: "units" is missing; add it',
        '/first/unit: unknown key "unit"; remove it',
    ]


def test_in_python_a_field_takes_an_instance_and_says_so() -> None:
    with pytest.raises(SpecError, match="takes an instance of a layer, not its name"):
        Named(layer="tanh")


def test_an_instance_of_another_kind_is_refused() -> None:
    with pytest.raises(SpecError, match="is not an initializer"):
        Named(start=Dense(units=2))


def test_a_validator_s_own_error_keeps_its_kind_its_words_and_its_path() -> None:
    class Choosy(Spec):
        number: int = 0

        @model_validator(mode="after")
        def _small(self) -> Choosy:
            if self.number < 0:
                raise SpecError(f"{self.number} is small", "take 0", path=("number",))
            return self

    class Outer(Spec):
        choosy: Choosy = Choosy()

    with pytest.raises(SpecError) as caught:
        Choosy(number=-1)
    assert str(caught.value) == "/number: -1 is small; take 0"
    with pytest.raises(SpecError, match="/choosy/number: -1 is small"):
        read(Outer, {"choosy": {"number": -1}})


def test_a_kind_s_base_says_its_kind_and_a_class_its_type() -> None:
    class Colour(Component, kind="colour"):
        strength: ClassVar[int] = 1

    class Red(Colour):
        type: Literal["red"] = "red"

    assert (Red.kind, Red.namespace, Red.type_name()) == ("colour", "colour", "red")
    assert Dense.namespace == LayerSpec.namespace == "layer"
    with pytest.raises(ValidationError, match=r"Dense\(type='dense'.* is not a colour"):
        TypeAdapter(Colour).validate_python(Dense(units=1))
