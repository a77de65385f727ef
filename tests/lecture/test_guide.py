"""The guide's code runs, its pictures are there, and the Korean guide has the same code."""

from __future__ import annotations

import importlib.util
import re
import warnings
from pathlib import Path
from types import ModuleType

import pytest

from netspec.errors import NetspecWarning

DOCS = Path(__file__).parents[2] / "docs"
ENGLISH, KOREAN = DOCS / "lecture.md", DOCS / "lecture.ko.md"


@pytest.fixture(scope="module")
def figures() -> ModuleType:
    """The command that makes the figures."""
    spec = importlib.util.spec_from_file_location("make_figures", DOCS / "make_figures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_block_runs_and_draws_its_picture(figures: ModuleType, tmp_path: Path) -> None:
    """With 300 digits in place of 60 000, so that it takes seconds."""
    for name in ("matplotlib", "PIL", "netspec_mnist", "netspec_images"):
        pytest.importorskip(name)
    text = ENGLISH.read_text(encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NetspecWarning)
        outputs = list(figures.run(text, tmp_path, samples=300))
    blocks = figures.blocks(text)
    assert len(outputs) == len(blocks) == text.count("```python\n")
    for block, output in zip(blocks, outputs, strict=True):
        assert bool(output) == (block["output"] is not None)
        if block["figure"]:
            assert (tmp_path / block["figure"]).stat().st_size > 800


def test_both_guides_have_the_same_code_outputs_and_pictures(figures: ModuleType) -> None:
    found = [
        [(each["code"], each["output"], each["figure"]) for each in figures.blocks(text)]
        for text in (path.read_text(encoding="utf-8") for path in (ENGLISH, KOREAN))
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize("guide", [ENGLISH, KOREAN], ids=["en", "ko"])
def test_pictures_and_specs_that_a_guide_names_exist(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")
    for name in re.findall(r"\]\((figures/[^)]+)\)", text):
        assert (DOCS / name).is_file(), name
    specs = DOCS.parent / "specs" / "lecture"
    named = set(re.findall(r"\b\d\d-[a-z-]+(?=\.json|\")", text))
    assert named == {path.stem for path in specs.glob("*.json")}


NAMES = (
    "Layer params previous next input output input_delta output_delta connect forward backward "
    "clear_deltas update_params describe ActivationLayer DenseLayer MSE loss derivative "
    "SequentialNetwork add train train_batch update forward_backward single_forward evaluate"
)


@pytest.mark.parametrize("guide", [ENGLISH, KOREAN], ids=["en", "ko"])
def test_the_table_of_classes_maps_every_name_of_the_lecture(guide: Path) -> None:
    rows = [line.split(" | ") for line in guide.read_text(encoding="utf-8").splitlines()]
    left = " ".join(row[0] for row in rows if len(row) == 2 and row[0].startswith("| `"))
    assert set(NAMES.split()) <= set(re.findall(r"`(\w+)`", left))
