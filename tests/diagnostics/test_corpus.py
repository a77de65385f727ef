"""Every wrong document of the corpus gets the very output that stands there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netspec.registry import Registry

from .corpus import CORPUS, Case, cases

CASES = list(cases())


@pytest.fixture(scope="module")
def builtins_alone() -> Iterator[Registry]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETSPEC_PLUGINS", "")
        patch.setattr(Registry, "_installed", None)
        yield Registry.installed()


@pytest.fixture(autouse=True)
def no_plugins(builtins_alone: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """The outputs name what is known; what else is installed here must not show in them."""
    monkeypatch.setattr(Registry, "_installed", builtins_alone)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_a_wrong_document_is_told_what_is_wrong_where_and_the_way_out(
    case: Case, tmp_path: Path
) -> None:
    assert str(case.run(tmp_path)) == str(case), "corpus.py writes the outputs anew"


def test_the_corpus_is_large_and_wholly_read() -> None:
    assert len(CASES) >= 60
    titles = [case.title for case in CASES]
    assert len(set(titles)) == len(titles)
    assert CORPUS.read_text(encoding="utf-8").count("\n## ") == len(CASES)


def test_every_error_has_a_place_or_an_option_and_a_way_out() -> None:
    for case in CASES:
        errors = [line for line in case.output.splitlines() if line.startswith("netspec: error: ")]
        assert errors, case.title
        for line in errors:
            where = line.removeprefix("netspec: error: ")
            assert where.startswith(("spec.json:", "--set ")), line
            assert "; " in line or case.code == 9, line
