"""Commands that plugins add, by the entry-point group `netspec.commands`.

`importlib.metadata` takes as long to import as all the rest of the help, so it is asked only where a
look at the path finds that group.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from netspec.errors import PluginError, quote

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "Plugged", "plugged"]

GROUP = "netspec.commands"


@dataclass(frozen=True)
class Plugged:
    """One command of that name, or several that are in each other's way."""

    name: str
    entries: tuple[EntryPoint, ...]

    @property
    def origins(self) -> list[str]:
        """The distributions that offer it, with their versions."""
        return [_origin(entry) for entry in self.entries]

    @property
    def help(self) -> str:
        """Whose command it is; what it does it says itself, once it is called."""
        return "from " + " and ".join(self.origins)

    def load(self) -> click.Command:
        """The command. Raises PluginError where it cannot be used."""
        if len(self.entries) > 1:
            both = " and ".join(self.origins)
            raise PluginError(
                f"{both} both offer the command {quote(self.name)}",
                "neither is used; remove one of them",
            )
        (entry,) = self.entries
        try:
            command = entry.load()
        except (Exception, SystemExit) as error:
            raise PluginError(
                f"the command {quote(self.name)}: {_origin(entry)} is installed, but fails: "
                f"{type(error).__name__}: {error}",
                f"repair or remove {_distribution(entry)}",
            ) from error
        if not isinstance(command, click.Command):
            raise PluginError(
                f"the command {quote(self.name)} of {_origin(entry)} is a {type(command).__name__}",
                "it must be a click command",
            )
        return command


@cache
def plugged() -> list[Plugged]:
    """The commands of all allowed plugins, by name."""
    if not _any_on(sys.path):
        return []
    from importlib.metadata import entry_points

    allowed = os.environ.get("NETSPEC_PLUGINS")
    names = None if allowed is None else {_normal(name) for name in allowed.split(",")}
    found: dict[str, list[EntryPoint]] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda e: (e.name, _distribution(e))):
        if names is None or _normal(_distribution(entry)) in names:
            found.setdefault(entry.name, []).append(entry)
    return [Plugged(name, tuple(entries)) for name, entries in found.items()]


def _any_on(path: list[str]) -> bool:
    """Whether something on the path offers a command, or might, as an archive does."""
    wanted = f"[{GROUP}]".encode()
    for folder in map(Path, path):
        if folder.suffix in {".zip", ".egg", ".whl"} and folder.exists():
            return True
        for listed in folder.glob("*-info/entry_points.txt"):
            try:
                if wanted in listed.read_bytes():
                    return True
            except OSError:
                continue
    return False


def _distribution(entry: EntryPoint) -> str:
    return (entry.dist.name if entry.dist else "") or "(a distribution without a name)"


def _origin(entry: EntryPoint) -> str:
    version = entry.dist.version if entry.dist else ""
    return f"{_distribution(entry)} {version}".strip()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()
