"""Finding plugins by their entry points, and learning what each offers.

There are two ways to offer. An entry point of the group `netspec` names a module with hooks: it is
imported at once and asked. Entry points of the group `netspec.types`, as
`"layer.swish" = "netspec_swish:Swish"`, declare the types themselves: nothing is imported before one
of them is needed.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.metadata import Distribution, EntryPoint, entry_points
from typing import Any

import pluggy

from netspec import hookspecs
from netspec.errors import PluginError, nearest, quote

from .offers import Offer, Origin, api_of, check_class, check_type

__all__ = [
    "GROUP",
    "OWN",
    "TYPES",
    "declared",
    "discovered",
    "hooks_of",
    "left_out",
    "normal",
    "offered",
]

GROUP = "netspec"
TYPES = "netspec.types"
OWN = "netspec-nn"

_asking = threading.Lock()

_KINDS = {
    "netspec_layers": "layer",
    "netspec_activations": "activation",
    "netspec_losses": "loss",
    "netspec_initializers": "initializer",
    "netspec_regularizers": "regularizer",
    "netspec_optimizers": "optimizer",
    "netspec_schedules": "schedule",
    "netspec_metrics": "metric",
    "netspec_datasets": "dataset",
    "netspec_callbacks": "callback",
}


def discovered() -> Iterator[tuple[Origin, EntryPoint]]:
    """Every entry point that is allowed: our own first, then by name, however they were installed."""
    allowed = _allowed()
    for origin, entry in sorted(_installed(), key=lambda each: _order(each[0])):
        if allowed is None or origin.distribution == OWN or normal(origin.distribution) in allowed:
            yield origin, entry


def left_out(distribution: str) -> bool:
    """Whether a distribution is installed and `NETSPEC_PLUGINS` does not list it."""
    allowed, name = _allowed(), normal(distribution)
    there = {normal(origin.distribution) for origin, _ in _installed()}
    return allowed is not None and name in there - allowed


def _installed() -> list[tuple[Origin, EntryPoint]]:
    found = entry_points()
    return [
        (_origin(entry), entry) for group in (GROUP, TYPES) for entry in found.select(group=group)
    ]


def _origin(entry: EntryPoint) -> Origin:
    said = _said(entry.dist) if entry.dist else {}
    point = TYPES if entry.group == TYPES else entry.name
    name = said.get("Name") or "(a distribution without a name)"
    return Origin(name, said.get("Version", ""), point)


def _said(distribution: Distribution) -> dict[str, str]:
    """The first lines of a distribution's metadata, before its long description.

    `Distribution.metadata` reads all of it, as an e-mail, which takes longer than all else here.
    """
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    lines = text.replace("\r\n", "\n").partition("\n\n")[0].splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def _order(origin: Origin) -> tuple[bool, str, str, str]:
    name = normal(origin.distribution)
    return origin.distribution != OWN, name, origin.version, origin.entry_point


def _allowed() -> set[str] | None:
    """The distributions that `NETSPEC_PLUGINS` lists, or None where all are allowed."""
    listed = os.environ.get("NETSPEC_PLUGINS")
    return None if listed is None else {normal(n) for n in listed.split(",") if n.strip()}


def normal(distribution: str) -> str:
    """The name of a distribution as the index compares it."""
    return re.sub(r"[-_.]+", "-", distribution.strip()).lower()


def declared(entry: EntryPoint, origin: Origin) -> Offer:
    """What an entry point of the group `netspec.types` offers; nothing is imported."""
    kind, _, name = entry.name.partition(".")
    if kind not in _KINDS.values():
        raise PluginError(
            f"it declares {quote(entry.name)}, of no kind",
            f'write "layer.swish" = "netspec_swish:Swish"; {nearest(kind, _KINDS.values())}',
        )
    offer = Offer(kind, name, origin, entry.value.partition("[")[0].strip())
    check_type(offer)
    return offer


def offered(plugin: Any, origin: Origin) -> Iterator[Offer]:
    """What a plugin offers by its hooks, each implementation called by itself."""
    api = api_of(plugin)
    hooks = hooks_of(plugin)
    for name in hooks:
        if name not in _KINDS:
            raise PluginError(f"unknown hook {quote(name)}", nearest(name, _KINDS))
    if not hooks:
        raise PluginError("it has no hook", "mark a function with hookimpl, as netspec_layers")
    for hook, kind in _KINDS.items():
        if hook in hooks:
            yield from _listed(hooks[hook](), kind, origin, api)


def hooks_of(plugin: Any) -> dict[str, Callable[[], Any]]:
    """A plugin's functions that `hookimpl` marks, by their names; pluggy refuses wrong arguments."""
    manager = _manager()
    with _asking:
        try:
            manager.register(plugin)
            hooks = manager.get_hookcallers(plugin) or []
            return {
                hook.name: each.function
                for hook in hooks
                for each in hook.get_hookimpls()
                if each.plugin is plugin
            }
        finally:
            if manager.is_registered(plugin):
                manager.unregister(plugin)


@cache
def _manager() -> pluggy.PluginManager:
    """It knows what hooks there are; a plugin is with it for as long as it is asked."""
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    return manager


def _listed(offered: Any, kind: str, origin: Origin, api: int) -> Iterator[Offer]:
    lazily = isinstance(offered, Mapping)
    if not (lazily or isinstance(offered, list | tuple)):
        raise PluginError(
            f"its hook for the kind {kind} gives {quote(repr(offered))}",
            "return a list of classes, or a dict from types to where they are",
        )
    for each in offered.items() if lazily else offered:
        name, target = each if lazily else (_type_of(each), each)
        if not (lazily and isinstance(target, str)):
            check_class(target, kind, name)
        offer = Offer(kind, name, origin, target, api)
        check_type(offer)
        yield offer


def _type_of(cls: Any) -> str:
    return str(cls.type_name()) if hasattr(cls, "type_name") else ""
