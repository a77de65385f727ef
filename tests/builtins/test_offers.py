"""Every component that the house offers is where it says, and says what it is."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import pytest

from netspec import builtins
from netspec.registry import Offer, Registry

KINDS = (
    "activation",
    "initializer",
    "loss",
    "metric",
    "optimizer",
    "regularizer",
    "schedule",
)
OFFERS = [offer for offer in Registry(builtins).offers() if offer.kind in KINDS]
PROVED = [offer for offer in Registry(builtins).offers() if offer.kind in (*KINDS, "layer")]
every_offer = pytest.mark.parametrize("offer", OFFERS, ids=lambda o: f"{o.kind}-{o.type}")


@every_offer
def test_a_component_is_concrete_and_has_the_type_that_is_offered(offer: Offer) -> None:
    cls = offer.load()
    assert cls.type_name() == offer.type
    assert not inspect.isabstract(cls)


@every_offer
def test_a_component_says_its_formula_and_what_its_fields_mean(offer: Offer) -> None:
    cls = offer.load()
    assert cls.formula
    assert inspect.getdoc(cls)
    own = set(cls.model_fields) - {"type", "name", "trainable"}
    assert not [name for name in own if not cls.model_fields[name].description]


@pytest.mark.parametrize("offer", PROVED, ids=lambda o: f"{o.kind}-{o.type}")
def test_an_example_tries_each_flag_and_each_choice(offer: Offer) -> None:
    """A component is proved by its examples, and so in every way that it can go."""
    cls = offer.load()
    tried = [(name, value) for each in cls.examples for name, value in each.items()]
    assert not [choice for choice in choices(cls) if choice not in tried]


def choices(cls: Any) -> Iterator[tuple[str, Any]]:
    """Each flag, and each field of a few values, with every value that is not its default."""
    for name, field in cls.model_fields.items():
        if field.annotation is bool:
            values: tuple[Any, ...] = (False, True)
        elif get_origin(field.annotation) is Literal:
            values = get_args(field.annotation)
        else:
            continue
        if name != "trainable":
            yield from ((name, value) for value in values if value != field.default)


@every_offer
def test_no_component_extends_another(offer: Offer) -> None:
    loaded = {each.load() for each in OFFERS}
    assert not loaded & set(offer.load().__mro__[1:])


def test_no_two_components_share_a_class_name() -> None:
    """All are public names of one package."""
    names = [offer.load().__name__ for offer in OFFERS]
    assert len(set(names)) == len(names)


def test_the_offers_are_known_without_numpy() -> None:
    code = (
        "import sys\n"
        "from netspec import builtins\n"
        "builtins.netspec_losses()\n"
        "assert not {'numpy', 'pydantic'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
