"""`netspec freeze`: the distributions that a model was made with, as a requirements file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from os.path import isdir
from pathlib import Path
from typing import Any

import click

from netspec.cli.options import as_json, debug
from netspec.cli.output import result, say
from netspec.errors import ModelError, quote

__all__ = ["command"]

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._+!-]*[A-Za-z0-9])?")


@click.command("freeze")
@click.argument("model")
@as_json
@debug
def command(model: str, as_json: bool) -> None:
    """Print what MODEL was made with: netspec, numpy and the plugins that it needs, by version.

    One name==version a line, sorted: a requirements file. Nothing of it need be installed, and no
    plugin is loaded for it. What else was installed when the model was made is not in it.
    """
    versions = _versions(_provenance(Path(model)))
    if as_json:
        result({"requirements": versions})
    else:
        say("\n".join(f"{name}=={version}" for name, version in versions.items()))


def _provenance(path: Path) -> Mapping[str, Any]:
    """What the model's document records of its origin; its layers are not looked at."""
    from netspec.files import read_file
    from netspec.limits import Limits
    from netspec.sources import read_document
    from netspec.storage import MODEL

    limits = Limits()
    file = path / MODEL if isdir(path) else path
    try:
        data = read_file(file, limits.spec_bytes, file.parent)
    except FileNotFoundError:
        raise ModelError(
            f"{quote(file)} does not exist", "name the folder of a saved model or a run"
        ) from None
    document = read_document(data, limits, file=str(file)).value
    known = document.get("provenance") if isinstance(document, dict) else None
    if not isinstance(known, dict):
        raise ModelError(
            f"{quote(file)} records no provenance", "name a model that netspec trained or saved"
        )
    return known


def _versions(provenance: Mapping[str, Any]) -> dict[str, str]:
    """Every distribution with its version, sorted by name."""
    from netspec.registry import OWN

    bits, plugins = provenance.get("bits"), provenance.get("plugins")
    recorded = {OWN: provenance.get("netspec")}
    if isinstance(bits, dict):
        recorded["numpy"] = bits.get("numpy")
    if isinstance(plugins, dict):
        for name, entry in plugins.items():
            recorded[name] = entry.get("version") if isinstance(entry, dict) else None
    return {name: _checked(name, recorded[name]) for name in sorted(recorded)}


def _checked(name: str, version: Any) -> str:
    """The version, where it is one and can be installed.

    Raises ModelError where it is not: a file from a stranger may hold anything, and what a notebook
    defines is of no distribution.
    """
    if version == "":
        raise ModelError(
            f"the model needs {quote(name)}, a module that no distribution holds",
            "offer what it defines in a package (netspec new plugin) and save the model again",
        )
    if not (_NAME.fullmatch(name) and isinstance(version, str) and _VERSION.fullmatch(version)):
        raise ModelError(
            f"the provenance says {quote(str(version))} of {quote(name)}",
            "it must be the version of a distribution",
        )
    return version
