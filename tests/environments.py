"""Places where a person's commands run as they are written, with packages installed and no network."""

from __future__ import annotations

import importlib
import os
import shlex
import subprocess
import sys
import sysconfig
import tomllib
import venv
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from netspec.cli import program
from netspec.cli.plugged import plugged
from netspec.registry import Registry

__all__ = ["Environment", "Laid", "Virtual"]


@dataclass
class Environment:
    """Runs commands in a folder, one after the other; `cd` changes it."""

    folder: Path
    python: str = sys.executable
    path: list[Path] = field(default_factory=list)
    variables: Mapping[str, str] = field(default_factory=dict)

    def run(self, line: str) -> str:
        """What the command prints on standard output; it must end well."""
        first, *words = shlex.split(line)
        if first == "cd":
            self.folder /= words[0]
            return ""
        if first == "pip":
            return self.pip(words)
        if first == "netspec":
            return self.netspec(words)
        return self.start(words if first == "python" else ["-m", first, *words])

    def pip(self, words: list[str]) -> str:
        """An installation, or a build."""
        return self.start(["-m", "pip", *words, "--no-index", "--no-build-isolation", "-q"])

    def netspec(self, words: list[str]) -> str:
        """A command of netspec."""
        return self.start(["-m", "netspec", *words])

    def start(self, words: list[str]) -> str:
        """Python in a process of its own."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
        paths = os.pathsep.join(map(str, self.path))
        done = subprocess.run(
            [self.python, *words],
            cwd=self.folder,
            env={**kept, "PYTHONPATH": paths, "PYTHONUTF8": "1", **self.variables},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}\n{done.stderr}"
        return done.stdout


class Laid(Environment):
    """The packages of this Python; a project is put beside them as an installer leaves it.

    It needs neither pip nor a build backend, so nothing is built. Commands of netspec run in this
    process, which then forgets what they imported of the project; pytest loads no plugin but ours.
    """

    def __init__(self, folder: Path) -> None:
        ours = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "netspec.pytest_plugin"}
        super().__init__(folder, variables=ours)

    def pip(self, words: list[str]) -> str:
        if words[:2] == ["install", "-e"]:
            self._install(self.folder)
        return ""

    def netspec(self, words: list[str]) -> str:
        here = Path.cwd()
        os.chdir(self.folder)
        sys.path[:0] = map(str, self.path)
        try:
            _look_again()
            done = CliRunner().invoke(program, words, prog_name="netspec")
        finally:
            os.chdir(here)
            del sys.path[: len(self.path)]
            for name, module in list(sys.modules.items()):
                if str(getattr(module, "__file__", "")).startswith(str(self.folder)):
                    del sys.modules[name]
            _look_again()
        assert done.exit_code == 0, done.output
        return done.stdout

    def _install(self, project: Path) -> None:
        told = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        name, version = told["name"], told["version"]
        metadata = project / f"{name.replace('-', '_')}-{version}.dist-info"
        metadata.mkdir(exist_ok=True)
        said = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (metadata / "METADATA").write_text(said, encoding="utf-8")
        points = [
            line
            for group, entries in told["entry-points"].items()
            for line in (f"[{group}]", *(f"{key} = {value}" for key, value in entries.items()))
        ]
        (metadata / "entry_points.txt").write_text("\n".join([*points, ""]), encoding="utf-8")
        if project not in self.path:
            self.path.append(project)


def _look_again() -> None:
    """Have this process search for what is installed once more."""
    importlib.invalidate_caches()
    Registry._installed = None
    plugged.cache_clear()


class Virtual(Environment):
    """A virtual environment that sees this Python's packages; pip builds and installs into it."""

    def __init__(self, folder: Path, home: Path) -> None:
        for module in ("pip", "hatchling", "editables"):
            if find_spec(module) is None:
                pytest.skip(f"{module} is not installed, and there is no network to fetch it from")
        venv.create(home)
        paths = sysconfig.get_paths("venv", {"base": str(home), "platbase": str(home)})
        code = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
        (Path(paths["purelib"]) / "these.pth").write_text(code, encoding="utf-8")
        super().__init__(folder, str(Path(paths["scripts"]) / Path(sys.executable).name))
