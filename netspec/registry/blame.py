"""Whose code an error came out of."""

from __future__ import annotations

from pathlib import Path
from traceback import walk_tb

from netspec.errors import PluginError

from .finding import OWN
from .offers import said
from .registry import Registry

__all__ = ["blamed"]


def blamed(error: Exception) -> PluginError | None:
    """The fault of the plugin whose code raised an error; None where it is netspec's.

    The innermost frame decides that belongs to a plugin or to netspec.
    """
    origins = {
        offer.place.partition(":")[0].partition(".")[0]: offer.origin
        for offer in Registry.installed().offers()
    }
    for frame, line in reversed(list(walk_tb(error.__traceback__))):
        origin = origins.get(str(frame.f_globals.get("__name__", "")).partition(".")[0])
        if origin is None:
            continue
        if origin.distribution == OWN:
            return None
        file = Path(frame.f_code.co_filename)
        broken = PluginError(
            f"{origin} raised {said(error)} ({file.parent.name}/{file.name}:{line})",
            f"repair or remove {origin.distribution}",
        )
        broken.__cause__ = error
        return broken
    return None
