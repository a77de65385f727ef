"""The guide for authors of plugins: its files and commands work as they stand, in their order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import netspec
from netspec import hookspecs
from netspec.registry.finding import _KINDS

GUIDE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"([^\n]*)\n\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w./]+\.\w+)` (holds|goes on|ends|like this)(?=:$)")
END = re.compile(r"^At the end of `([^`]+)`:$")
NUMBER = r"-?\d[\d.,]*(?:e[-+]\d+)?"


class Block(NamedTuple):
    """A block of code, and the line of text that introduces it."""

    introduction: str
    language: str
    text: str


def blocks() -> Iterator[Block]:
    return (Block(*found.groups()) for found in BLOCK.finditer(GUIDE))


def follow(environment: Any) -> None:
    """Write every file and run every command, as a reader would."""
    path = environment.folder
    for introduction, language, text in blocks():
        folder = environment.folder
        if language == "console":
            for line, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
                printed = environment.run(line)
                assert re.fullmatch(pattern(shown), printed), f"{line}\n{printed}\nfor\n{shown}"
        elif language == "diff":
            if named := FILE.search(introduction):
                path = folder / named[1]
            path.write_text(changed(path.read_text("utf-8"), text), "utf-8")
        elif named := FILE.search(introduction):
            path = folder / named[1]
            before = "" if named[2] == "holds" else path.read_text("utf-8") + "\n"
            path.write_text(before + "\n" * text.startswith("class ") + text, "utf-8")
        elif named := END.search(introduction):
            path = folder / named[1]
            path.write_text(f"{path.read_text('utf-8')}\n{text}", "utf-8")
        else:
            assert language == "toml"
            assert text in (folder / "pyproject.toml").read_text("utf-8")


def pattern(shown: str) -> str:
    """What a command prints, for any numbers; `…` stands for whatever is not shown."""
    if not shown:
        return r"(?s:.*)"
    shown = shown.replace("…\n", "…")
    parts = re.split(rf"({NUMBER}|\s+|…)", shown)
    words = {"…": r"(?s:.*?)"}
    return "".join(
        words.get(part) or (NUMBER if re.fullmatch(NUMBER, part) else r"\s*")
        if at % 2
        else re.escape(part)
        for at, part in enumerate(parts)
    )


def changed(text: str, difference: str) -> str:
    """The text with the lines of `-` replaced by those of `+`, where they stand once."""
    lines = difference.splitlines(keepends=True)
    old = "".join(line[1:] or "\n" for line in lines if line[0] != "+")
    new = "".join(line[1:] or "\n" for line in lines if line[0] != "-")
    assert text.count(old) == 1, old
    return text.replace(old, new)


def test_the_guide_works_as_it_stands(laid: Any) -> None:
    """But for pip: the package is laid out as an editable installation leaves it."""
    follow(laid)
    assert (laid.folder / "runs" / "sums" / "model.json").is_file()


@pytest.mark.slow
def test_the_guide_works_with_a_real_installer(virtual: Any) -> None:
    """In a new virtual environment, to the wheel."""
    follow(virtual)
    (wheel,) = (virtual.folder / "dist").iterdir()
    assert wheel.name == "netspec_curves-0.1.0-py3-none-any.whl"


def rows() -> dict[str, str]:
    """The table of hooks: each hook with the rest of its row."""
    return dict(re.findall(r"^\| `(netspec_\w+)` \|(.*)\|$", GUIDE, re.MULTILINE))


def test_every_hook_is_documented_and_no_other() -> None:
    assert set(rows()) == {name for name in hookspecs.__all__ if name.startswith("netspec_")}


@pytest.mark.parametrize(("hook", "kind"), _KINDS.items())
def test_a_hook_s_row_says_its_kind_and_base_class_and_what_one_must_write(
    hook: str, kind: str
) -> None:
    told = re.findall(r"`(\w+)`", rows()[hook])
    base: type[netspec.Component] = getattr(netspec, told[1])
    assert told[0] == kind == base.kind
    assert base.__name__ in str(getattr(hookspecs, hook).__annotations__["return"])
    must = set(base.__abstractmethods__)
    if "build" in must:
        must |= set(getattr(netspec, told[told.index("build") + 1]).__abstractmethods__)
    assert must <= set(told)
