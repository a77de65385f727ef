"""The pages about components say what the components say, and their examples run."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netspec import Registry, build, builtins, read_spec, train
from netspec.assemble import check
from netspec.registry import Offer

HOUSE = Path(__file__).parent.parent
SCRIPT = HOUSE / "docs" / "components.py"


def script() -> Any:
    described = importlib.util.spec_from_file_location("docs_components", SCRIPT)
    assert described is not None
    assert described.loader is not None
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


PAGES = {path.stem: path.read_text("utf-8") for path in (HOUSE / "docs/components").glob("*.md")}
OFFERS = list(Registry(builtins).offers())
every_offer = pytest.mark.parametrize("offer", OFFERS, ids=lambda o: f"{o.kind}-{o.type}")


def entry(offer: Offer) -> str:
    """What the page of its kind has under the type."""
    page = next(text for text in PAGES.values() if text.startswith(f"# {title(offer)}\n"))
    parts = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    assert offer.type in parts, f"{title(offer)} lacks {offer.type}: run python docs/components.py"
    return parts[offer.type]


def title(offer: Offer) -> str:
    heading: str = script().TITLES[offer.kind][0].capitalize()
    return heading


def example(offer: Offer) -> dict[str, Any]:
    (text,) = re.findall(r"^```json\n(.*?)^```$", entry(offer), re.MULTILINE | re.DOTALL)
    document: dict[str, Any] = json.loads(text)
    return document


def test_the_pages_are_what_the_command_writes_today() -> None:
    assert {f"{stem}.md": text for stem, text in PAGES.items()} == script().pages()


@every_offer
def test_a_component_stands_on_its_kind_s_page_with_every_option_and_default(offer: Offer) -> None:
    text, cls = entry(offer), offer.load()
    assert not cls.formula or cls.formula in text
    for name, field in cls.model_fields.items():
        if name == "type":
            continue
        (row,) = re.findall(rf"^\| `{field.alias or name}` \|.*$", text, re.MULTILINE)
        assert ("*required*" in row) == field.is_required()
        assert field.description, f"{name} has no description"
        assert field.description.replace("|", "\\|") in row


@every_offer
def test_an_example_is_a_document_that_shows_its_type(offer: Offer) -> None:
    text = json.dumps(example(offer))
    assert f'"{offer.type}"' in text
    spec = read_spec(text.encode())
    check(spec)


@pytest.mark.parametrize(
    "offer",
    [offer for offer in OFFERS if offer.kind not in {"layer", "activation", "dataset"}],
    ids=lambda o: f"{o.kind}-{o.type}",
)
def test_an_example_trains(offer: Offer, tmp_path: Path) -> None:
    document = example(offer)
    document["training"]["epochs"] = 2
    run = train(document, out=tmp_path / "run", data_root=HOUSE / "specs")
    assert len(run.history) == 2
    assert np.isfinite(run.history[-1]["loss"])


@pytest.mark.parametrize(
    "offer",
    [offer for offer in OFFERS if offer.kind in {"layer", "activation"}],
    ids=lambda o: f"{o.kind}-{o.type}",
)
def test_an_example_of_a_layer_predicts(offer: Offer) -> None:
    network = build(json.dumps(example(offer)).encode())
    x = np.zeros((2, *network.input_shape), network.input_dtype)
    assert network.predict(x).shape == (2, *network.output_shape)
