"""What the repository says about itself is true, and it names nobody's machine."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

import netspec

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))

REGISTRY = re.compile(rb"(pypi|pythonhosted|npmjs|anaconda|rubygems)\.(org|com)", re.IGNORECASE)
MACHINE = re.compile(rb"(?<![A-Za-z0-9_.~-])/(root|home|work)/[A-Za-z.]")


@cache
def tracked() -> tuple[Path, ...]:
    """The files that git has or would take."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    paths = (ROOT / name for name in names.decode("utf-8").split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def blocks(language: str) -> list[str]:
    """The README's code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("pattern", [REGISTRY, MACHINE], ids=["registry", "machine"])
def test_no_file_names_a_package_registry_or_a_path_of_one_machine(
    pattern: re.Pattern[bytes],
) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        for number, line in enumerate(path.read_bytes().splitlines(), start=1)
        if pattern.search(line)
    ]
    assert not found


def test_the_readme_shows_the_main_command_and_then_the_tests() -> None:
    main, tests, *_ = blocks("bash")
    assert main.endswith("netspec train specs/mnist.json\n")
    assert "pytest" in tests
    assert main.count("\n") == tests.count("\n") == 1


def test_ci_runs_the_very_line_of_the_readme() -> None:
    shown = subprocess.run(
        ["bash", ".ci/run", "--command"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert shown == blocks("bash")[1]


def test_the_readme_s_first_screen_holds_spec_command_and_output() -> None:
    """Within forty lines a reader has seen what goes in and what comes out."""
    screen = "\n".join(README.splitlines()[:40])
    assert blocks("json")[0] in screen
    assert blocks("bash")[0] in screen
    assert blocks("text")[0].strip()
    assert blocks("text")[0] in screen


def test_the_readme_s_spec_is_the_one_that_its_command_trains() -> None:
    file = json.loads((ROOT / "specs" / "mnist.json").read_text(encoding="utf-8"))
    for only_in_the_file in ("$schema", "description"):
        file.pop(only_in_the_file, None)
    assert json.loads(blocks("json")[0]) == file


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
def test_the_test_command_installs_every_plugin(plugin: Path) -> None:
    assert f"./plugins/{plugin.name}" in blocks("bash")[1].split()


def test_one_version_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    cited = re.search(r"^version: (\S+)$", citation, re.MULTILINE)
    latest = re.search(r"^## (\S+)", changes, re.MULTILINE)
    assert cited is not None
    assert latest is not None
    assert netspec.__version__ == PROJECT["version"] == cited[1] == latest[1]


@pytest.mark.parametrize("folder", [ROOT, *PLUGINS], ids=lambda path: path.name)
def test_the_licence_is_named_and_the_package_is_typed(folder: Path) -> None:
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "MIT"
    assert any(folder.glob("netspec*/py.typed"))


def test_the_licence_file_is_there() -> None:
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n")


def test_ci_is_executable() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
