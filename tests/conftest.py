"""Fixtures that several rooms of the tests share: plugins that are really installed, in a folder,
and processes that die when they are told to."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from netspec.registry import Registry

from .environments import Laid, Virtual


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


@pytest.fixture
def laid(tmp_path: Path) -> Laid:
    """A new folder, and this Python's packages."""
    folder = tmp_path / "work"
    folder.mkdir()
    return Laid(folder)


@pytest.fixture
def virtual(tmp_path: Path) -> Virtual:
    """A new folder, and a new virtual environment beside it."""
    folder = tmp_path / "work"
    folder.mkdir()
    return Virtual(folder, tmp_path / "home")


@dataclass(frozen=True)
class Child:
    """A copy of this process that runs one function."""

    pid: int

    def wait(self) -> int:
        """The exit code: what the function gave, 1 where it raised, minus the signal that killed it."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def kill(self, number: int = getattr(signal, "SIGKILL", 9)) -> int:
        """Send a signal; returns the exit code."""
        os.kill(self.pid, number)
        return self.wait()


Fork = Callable[[Callable[[], Any]], Child]


@pytest.fixture
def fork() -> Fork:
    """Runs a function in a copy of this process, which needs no start-up."""
    if not hasattr(os, "fork"):
        pytest.skip("the system cannot fork")

    def start(function: Callable[[], Any]) -> Child:
        pid = os.fork()
        if pid:
            return Child(pid)
        code = 1
        try:
            code = int(function() or 0)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    return start


@pytest.fixture
def die_at() -> Callable[[Path, int], None]:
    """Has this process killed in place of the n-th call that changes the disk under a folder."""

    def arm(folder: Path, number: int) -> None:
        left = number
        flush = os.fsync

        def count() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        def audit(event: str, arguments: tuple[Any, ...]) -> None:
            writes = event in {"os.rename", "os.remove", "os.mkdir", "os.rmdir"} or (
                event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)
            )
            if writes and str(arguments[0]).startswith(str(folder)):
                count()

        def fsync(handle: int) -> None:
            count()
            flush(handle)

        sys.addaudithook(audit)
        os.fsync = fsync

    return arm
