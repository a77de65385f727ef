"""Fixtures that several rooms of the tests share: plugins that are really installed, in a folder."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from netspec.registry import Registry


@dataclass(frozen=True)
class Shelf:
    """A folder on Python's path that distributions are installed into."""

    folder: Path

    def install(
        self,
        distribution: str,
        version: str = "1.0",
        *,
        modules: Mapping[str, str] | None = None,
        module: str = "",
        group: str = "netspec",
        egg: bool = False,
    ) -> None:
        """Write modules and metadata, as an installer leaves them.

        `module` is what the entry point names: by default the only module, or none.
        """
        for name, code in (modules or {}).items():
            (self.folder / f"{name}.py").write_text(dedent(code), encoding="utf-8")
        target = module or next(iter(modules or {}), "")
        words = distribution.replace("-", "_")
        metadata = self.folder / (f"{words}.egg-info" if egg else f"{words}-{version}.dist-info")
        metadata.mkdir()
        said = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        (metadata / ("PKG-INFO" if egg else "METADATA")).write_text(said, encoding="utf-8")
        if target:
            entry = f"[{group}]\n{words} = {target}\n"
            (metadata / "entry_points.txt").write_text(entry, encoding="utf-8")

    def registry(self) -> Registry:
        """What this process finds installed, looked for anew; it stands for the process's own."""
        importlib.invalidate_caches()
        Registry._installed = None
        return Registry.installed()

    def run(self, code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        """A new process, with the shelf on its path."""
        return subprocess.run(
            [sys.executable, "-c", dedent(code), *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """An empty shelf; what was imported from it is forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(Registry, "_installed", None)
    yield Shelf(folder)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]
