"""Specs and models opened to be looked at: where a plugin is missing, its part stays opaque."""

from __future__ import annotations

from collections.abc import Sequence
from os.path import isdir
from pathlib import Path
from typing import TYPE_CHECKING

from netspec.cli.output import say_error

if TYPE_CHECKING:
    from netspec.model import ModelSpec
    from netspec.reading import Setting

__all__ = ["open_leniently", "warn_of_opaque"]


def open_leniently(target: str, settings: Sequence[Setting] = ()) -> ModelSpec:
    """The spec of a file, of `-`, or of a model's folder, with a warning for each opaque part."""
    from netspec.opaque import LenientRegistry
    from netspec.reading import read_spec
    from netspec.storage import model_spec

    path = Path(target)
    registry = LenientRegistry()
    if isdir(path):
        spec = model_spec(path, registry=registry, settings=settings)
    else:
        spec = read_spec(target, registry=registry, settings=settings)
    warn_of_opaque(spec)
    return spec


def warn_of_opaque(spec: ModelSpec) -> None:
    """Say of each part that nobody here knows where it stands, and what would be known."""
    from netspec.opaque import opaque_parts
    from netspec.storage import with_recorded

    for path, part in opaque_parts(spec):
        error = spec.locate(with_recorded(part.why.under(*path), spec.provenance))
        for fault in error.faults:
            say_error(f"netspec: warning: {fault}; it stays as it is written")
