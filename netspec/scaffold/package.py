"""The package of a plugin: one component of each kind that is asked for, proved by its own tests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from string import Template
from typing import Any

from netspec.errors import SpecError, quote
from netspec.registry import OWN

__all__ = ["USES", "Names", "package"]

USES = {
    "layer": '"layers": ["{}"]',
    "activation": '"layers": ["{}"]',
    "loss": '"loss": "{}"',
    "initializer": '"layers": [{{"type": "dense", "units": 10, "weight_init": "{}"}}]',
    "regularizer": '"layers": [{{"type": "dense", "units": 10, "weight_regularizer": "{}"}}]',
    "optimizer": '"training": {{"optimizer": "{}"}}',
    "schedule": '"training": {{"optimizer": {{"type": "sgd", '
    '"learning_rate": {{"type": "{}", "initial": 0.1}}}}}}',
    "metric": '"training": {{"metrics": ["{}"]}}',
    "dataset": '"training": {{"data": "{}"}}',
    "callback": '"training": {{"callbacks": [{{"type": "{}", "loss": 0.5}}]}}',
}
"""Every kind, and how a document uses a component of it."""

_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")


@dataclass(frozen=True)
class Names:
    """The names that follow from a plugin's: `soft-step` or `netspec-soft-step`."""

    plugin: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self._bare):
            raise SpecError(
                f"{quote(self.plugin)} is no name of a plugin",
                "a name has lower case letters, digits and single hyphens, and begins with a letter",
            )

    @property
    def _bare(self) -> str:
        return self.plugin.removeprefix("netspec-")

    @property
    def distribution(self) -> str:
        """What is installed: `netspec-soft-step`."""
        return "netspec-" + self._bare.replace("_", "-")

    @property
    def module(self) -> str:
        """What is imported: `netspec_soft_step`."""
        return self.distribution.replace("-", "_")

    @property
    def cls(self) -> str:
        """The class of each component: `SoftStep`."""
        return "".join(word.capitalize() for word in re.split("[-_]", self._bare))

    def type(self, kind: str, kinds: Sequence[str]) -> str:
        """What a document writes: `soft_step`. Layers and activations share one namespace."""
        name = self._bare.replace("-", "_")
        return f"{name}_activation" if kind == "activation" and "layer" in kinds else name


def package(names: Names, kinds: Sequence[str]) -> dict[str, str]:
    """Every file of the package, by its path in the folder."""
    types = {kind: names.type(kind, kinds) for kind in kinds}
    listed = " and ".join(filter(None, [", ".join(kinds[:-1]), kinds[-1]]))
    known = {
        "distribution": names.distribution,
        "module": names.module,
        "cls": names.cls,
        "type": types[kinds[0]],
        "description": f"The {listed} {names.type('', kinds)} for netspec.",
        "netspec": version(OWN),
        "declarations": "\n".join(
            f'"{kind}.{name}" = "{names.module}.{kind}:{names.cls}"' for kind, name in types.items()
        ),
        "usages": "\n\n".join(
            f"```json\n{USES[kind].format(name)}\n```" for kind, name in types.items()
        ),
    }
    module, tests = names.module, "tests"
    written = {
        "pyproject.toml": _filled("pyproject.toml", known),
        "README.md": _filled("README.md", known),
        ".github/workflows/test.yml": _filled("test.yml", known),
        f"{module}/__init__.py": _filled("__init__.py", known),
        f"{module}/py.typed": "",
    }
    for kind, name in types.items():
        own = {**known, "type": name}
        written[f"{module}/{kind}.py"] = _filled(f"{kind}.py", own)
        written[f"{tests}/test_{kind}.py"] = _filled(f"test_{kind}.py", own)
    return written


def _filled(template: str, known: dict[str, Any]) -> str:
    text = (files(__package__) / "templates" / f"{template}.txt").read_text(encoding="utf-8")
    return Template(text).substitute(known)
