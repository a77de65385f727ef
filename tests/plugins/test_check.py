"""`netspec check` and `pytest --netspec`: the proof kit over everything that a plugin offers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from click.testing import CliRunner, Result

from netspec.cli import program

SQUARE = '''
from typing import ClassVar, Literal

from netspec import Activation, Regularizer, hookimpl

class Square(Activation):
    """y = x²."""
    type: Literal["square"] = "square"

    def forward(self, x):
        return x * x

    def backward(self, grad, x, y):
        return FACTOR * grad * x

class Mass(Regularizer):
    """strength · Σ w²."""
    examples: ClassVar = ({"strength": 0.1}, {"strength": 2.0})
    type: Literal["mass"] = "mass"
    strength: float

    def value(self, array):
        return self.strength * float((array ** 2).sum())

    def gradient(self, array):
        return 2 * self.strength * array
'''
HOOKS = """
@hookimpl
def netspec_activations():
    return [Square]

@hookimpl
def netspec_regularizers():
    return [Mass]
"""
RIGHT = SQUARE.replace("FACTOR", "2")
WRONG = SQUARE.replace("FACTOR", "3")


def run(shelf: Any, *arguments: object, cwd: Path | None = None) -> Any:
    """A module's command in a process of its own, with the shelf on its path."""
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(shelf.folder), "PYTEST_ADDOPTS": ""},
        cwd=cwd or shelf.folder.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def check(shelf: Any, *arguments: object) -> Result:
    """`netspec check` in this process."""
    shelf.registry()
    return CliRunner().invoke(program, ["check", *map(str, arguments)])


@pytest.fixture(
    params=["a distribution", "its module's name", "its file", "a module", "a file", "no hooks"]
)
def name(request: pytest.FixtureRequest, shelf: Any) -> Any:
    """Installs code as that, and gives the name that it is called by."""
    way = request.param

    def install(code: str) -> object:
        code += "" if way == "no hooks" else HOOKS
        file = shelf.folder / "netspec_square.py"
        if way.startswith(("a distribution", "its")):
            shelf.install("netspec-square", "1.5", modules={"netspec_square": code})
            return {"a distribution": "netspec-square", "its file": file}.get(way, "netspec_square")
        file.write_text(dedent(code), encoding="utf-8")
        return file if way == "a file" else "netspec_square"

    return install


def test_a_right_plugin_is_proved_wherever_it_lies(name: Any, shelf: Any) -> None:
    done = check(shelf, name(RIGHT), "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["ok"]
    square, mass = found["components"]
    assert (square["kind"], square["type"]) == ("activation", "square")
    assert (mass["kind"], mass["type"]) == ("regularizer", "mass")
    assert {"input gradient", "docstring", "document"} <= set(square["holds"])
    assert square["fails"] == mass["fails"] == []
    assert square["times_dense"] > 0
    assert mass["times_dense"] is None


def test_a_wrong_one_ends_with_6_and_the_fault_s_name(name: Any, shelf: Any) -> None:
    called = name(WRONG)
    done = check(shelf, called)
    assert done.exit_code == 6
    assert "activation square: BROKEN\n  holds  docstring" in done.stdout
    assert "\n  fails  input gradient: " in done.stdout
    assert "regularizer mass: OK\n" in done.stdout
    assert done.stdout.endswith(f"{called}: 2 components, 1 broken\n")
    found = json.loads(check(shelf, called, "--json").stdout)
    assert not found["ok"]
    square = found["components"][0]
    assert "input gradient" not in square["holds"]
    assert square["fails"][0].startswith("input gradient: ")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import nosuchmodule", "No module named 'nosuchmodule'"),
        ("raise SystemExit(3)", "SystemExit"),
        ("NETSPEC_API = 7\n" + RIGHT + HOOKS, "it needs the plugin API 7, this netspec has 1"),
    ],
)
@pytest.mark.parametrize("name", ["a distribution", "a file"], indirect=True)
def test_a_plugin_that_stays_out_is_6(code: str, said: str, name: Any, shelf: Any) -> None:
    done = run(shelf, "netspec", "check", name(code))
    assert done.returncode == 6
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_one_component_that_fails_does_not_hide_the_others(shelf: Any) -> None:
    code = RIGHT + HOOKS.replace("[Square]", '{"square": "netspec_square:Square", "no": "no:No"}')
    shelf.install("netspec-square", modules={"netspec_square": code})
    done = check(shelf, "netspec-square")
    assert done.exit_code == 6
    assert "activation no: BROKEN" in done.stdout
    assert "activation square: OK" in done.stdout


def test_examples_that_are_none_are_a_fault(shelf: Any) -> None:
    wrong = RIGHT.replace('{"strength": 2.0}', '{"strengh": 2.0}')
    shelf.install("netspec-square", modules={"netspec_square": wrong + HOOKS})
    done = check(shelf, "netspec-square")
    assert done.exit_code == 6
    said = 'examples: it raises SpecError: /strengh: unknown key "strengh"'
    assert said in " ".join(done.stdout.split())


def test_a_name_that_nobody_has_is_refused_with_the_nearest(shelf: Any) -> None:
    shelf.install("netspec-square", modules={"netspec_square": RIGHT + HOOKS})
    for unknown in ("netspec-sqare", "nosuch.module", "nosuch.py"):
        done = check(shelf, unknown)
        assert done.exit_code == 6
        assert unknown in done.stderr
    assert 'did you mean "netspec-square"' in check(shelf, "netspec-sqare").stderr


@pytest.mark.parametrize("listed", [None, "another"])
def test_what_only_a_pyproject_declares_is_seen_once_it_is_installed(
    listed: str | None, shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package on PYTHONPATH alone, or one that NETSPEC_PLUGINS leaves out: it says what to do."""
    package = shelf.folder / "netspec_square"
    package.mkdir()
    (package / "__init__.py").write_text("NETSPEC_API = 1\n", encoding="utf-8")
    (package / "square.py").write_text(RIGHT, encoding="utf-8")
    if listed is not None:
        monkeypatch.setenv("NETSPEC_PLUGINS", listed)
    done = check(shelf, "netspec_square")
    assert done.exit_code == 6
    assert '"netspec_square" offers nothing; ' in done.stderr
    assert "pip install -e FOLDER" in done.stderr
    assert "NETSPEC_PLUGINS" in done.stderr
    pytest_says = pytest_in(shelf, "--netspec", "netspec_square")
    assert pytest_says.returncode == 4
    assert "offers nothing" in pytest_says.stderr


def test_a_folder_is_told_to_be_installed(shelf: Any) -> None:
    done = check(shelf, shelf.folder)
    assert done.exit_code == 6
    assert "is a folder; install it (pip install -e FOLDER)" in done.stderr


# pytest


def pytest_in(shelf: Any, *arguments: object) -> Any:
    return run(shelf, "pytest", "-q", "-p", "no:cacheprovider", *arguments)


def test_netspec_registers_its_pytest_plugin() -> None:
    (ours,) = (e for e in entry_points(group="pytest11") if e.dist and e.dist.name == "netspec-nn")
    assert ours.value == "netspec.pytest_plugin"


def test_pytest_proves_each_component_as_a_test(shelf: Any) -> None:
    shelf.install("netspec-square", modules={"netspec_square": WRONG + HOOKS})
    done = pytest_in(shelf, "--netspec", "netspec_square", "-rA")
    assert done.returncode == 1
    assert "PASSED netspec_square::regularizer.mass" in done.stdout
    assert "FAILED netspec_square::activation.square" in done.stdout
    assert "  - input gradient: " in done.stdout
    chosen = pytest_in(shelf, "--netspec", "netspec_square", "-k", "mass")
    assert chosen.returncode == 0, chosen.stdout
    assert "1 passed, 1 deselected" in chosen.stdout


def test_it_adds_to_the_tests_that_are_there(shelf: Any, tmp_path: Path) -> None:
    shelf.install("netspec-square", modules={"netspec_square": RIGHT + HOOKS})
    (tmp_path / "test_own.py").write_text("def test_own(): pass\n", encoding="utf-8")
    done = pytest_in(shelf, "--netspec", "netspec-square", "test_own.py")
    assert "3 passed" in done.stdout, done.stdout


def test_an_unknown_plugin_is_wrong_usage(shelf: Any) -> None:
    done = pytest_in(shelf, "--netspec", "nosuch")
    assert done.returncode == 4
    assert 'no plugin, module or file is called "nosuch"' in done.stderr


def test_pytest_without_the_option_imports_nothing_of_ours_but_the_door(
    shelf: Any, tmp_path: Path
) -> None:
    """No numpy, no registry; the import of our plugin takes a few milliseconds of pytest's start."""
    (tmp_path / "test_own.py").write_text(
        dedent(
            """
            import sys

            def test_nothing_is_loaded():
                assert "netspec.pytest_plugin" in sys.modules
                loaded = {name for name in sys.modules if name.split(".")[0] in {"netspec", "numpy"}}
                assert loaded == {"netspec", "netspec.pytest_plugin"}
            """
        ),
        encoding="utf-8",
    )
    done = pytest_in(shelf, "test_own.py", "-p", "no:hypothesispytest")
    assert done.returncode == 0, done.stdout
