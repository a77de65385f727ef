"""The registry: which components this installation has, and whose they are.

It finds plugins by their entry points, in a loop of its own: pluggy's stops at the first import that
fails, and drops the second of two plugins of one name. Hooks are called one implementation at a
time, so that one that fails stays out alone.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import pluggy

from . import hookspecs
from .errors import NetspecError, PluginError, SpecError, nearest, quote, warn

if TYPE_CHECKING:
    from .spec import Component

    _Class = type[Component]

__all__ = ["API", "GROUP", "OWN", "Failure", "Found", "Offer", "Origin", "Registry"]

API = 1
GROUP = "netspec"
OWN = "netspec-nn"

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
_TYPE = re.compile(r"[a-z][a-z0-9_]*")
_C = TypeVar("_C", bound="Component")


@dataclass(frozen=True)
class Origin:
    """Where a plugin comes from: its distribution, version and entry point."""

    distribution: str
    version: str = ""
    entry_point: str = ""

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}".strip()


@dataclass
class Offer:
    """One component that a plugin offers: its class, or where its class is."""

    kind: str
    type: str
    origin: Origin
    target: Any

    @property
    def namespace(self) -> str:
        """Layers and activations share one namespace."""
        return "layer" if self.kind == "activation" else self.kind

    @property
    def place(self) -> str:
        """Where the class is written: `"module:Class"`."""
        if isinstance(self.target, str):
            return self.target
        return f"{self.target.__module__}:{self.target.__qualname__}"

    def load(self) -> _Class:
        """The class; imported now where the plugin named it as `"module:Class"`."""
        if isinstance(self.target, str):
            module, _, name = self.target.partition(":")
            try:
                loaded = getattr(import_module(module), name)
                _check_class(loaded, self.kind, self.type)
            except (Exception, SystemExit) as error:
                raise PluginError(
                    f"{self.kind} {self.type}: {self.origin} is installed, but fails: "
                    f"{_said(error)}",
                    f"repair or remove {self.origin.distribution}",
                ) from error
            self.target = loaded
        cls: _Class = self.target
        return cls

    def is_of(self, cls: _Class) -> bool:
        """Whether this offers the class; an offer that fails offers none."""
        try:
            return self.load() is cls
        except PluginError:
            return False


@dataclass(frozen=True)
class Failure:
    """A plugin that stays out, and why."""

    origin: Origin
    error: str


@dataclass(frozen=True)
class Found:
    """A plugin that was found: where it comes from, what it offers, and what went wrong."""

    origin: Origin
    offers: Mapping[str, tuple[str, ...]]
    error: str = ""


class Registry:
    """The components that a document may name.

    `Registry(*plugins)` holds just these, for a test; `Registry.installed()` what is installed.
    """

    _installed: ClassVar[Registry | None] = None
    _lock: ClassVar[threading.RLock] = threading.RLock()

    def __init__(self, *plugins: Any) -> None:
        self._offers: dict[tuple[str, str], list[Offer]] = {}
        self._origins: list[Origin] = []
        self._failures: list[Failure] = []
        for plugin in plugins:
            name = getattr(plugin, "__name__", type(plugin).__name__)
            self._take(plugin, Origin(name))

    @classmethod
    def installed(cls) -> Registry:
        """The components of every allowed plugin that is installed; looked for once a process."""
        with cls._lock:
            if cls._installed is None:
                registry = cls()
                registry._discover()
                cls._installed = registry
            return cls._installed

    # Looking up.

    def find(self, base: type[_C], written: str) -> type[_C]:
        """The class of the kind `base` that a document calls by this type.

        Raises SpecError for a type that nobody knows, and PluginError where the type belongs to a
        plugin: one that is missing, fails, or is not the only one to offer it.
        """
        found = self.offer(base.namespace, base.kind, written).load()
        if not issubclass(found, base):
            raise SpecError(
                f"{quote(written)} is a {found.kind}, not {_article(base.kind)}",
                nearest(written, self.types(base.kind)),
            )
        return found

    def offer(self, namespace: str, kind: str, written: str) -> Offer:
        """The one offer of this type; `distribution/type` picks one of several."""
        distribution, _, name = written.rpartition("/")
        offers = self._offers.get((namespace, name), [])
        if distribution:
            offers = [o for o in offers if _normal(o.origin.distribution) == _normal(distribution)]
        elif len(offers) > 1:
            offers = [o for o in offers if o.origin.distribution == OWN] or offers
        if not offers:
            raise self._unknown(kind, distribution, written)
        if len(offers) > 1:
            both = " and ".join(str(offer.origin) for offer in offers)
            ways = " or ".join(quote(f"{o.origin.distribution}/{name}") for o in offers)
            raise PluginError(
                f"{both} both offer the {kind} {quote(name)}", f"neither is used; write {ways}"
            )
        return offers[0]

    def types(self, kind: str) -> list[str]:
        """The types of a kind that can be written, sorted; layers include activations."""
        kinds = {"layer", "activation"} if kind == "layer" else {kind}
        return sorted({o.type for each in self._offers.values() for o in each if o.kind in kinds})

    def offers(self) -> Iterator[Offer]:
        """Everything that is offered, sorted by kind and type."""
        for _, offers in sorted(self._offers.items()):
            yield from offers

    def origin_of(self, cls: type[Component]) -> Origin | None:
        """Where a class comes from, or None where the registry does not know it."""
        for offer in self._offers.get((cls.namespace, cls.type_name()), []):
            if offer.is_of(cls):
                return offer.origin
        return None

    def written(self, cls: type[Component]) -> str:
        """The shortest way to write the class's type so that `find` gives this class."""
        name = cls.type_name()
        origin = self.origin_of(cls)
        if origin is None:
            raise PluginError(
                f"{cls.__qualname__} ({cls.kind} {quote(name)}) is known to no plugin",
                "install the plugin that offers it, or Registry.installed().add it",
            )
        try:
            if self.offer(cls.namespace, cls.kind, name).is_of(cls):
                return name
        except PluginError:
            pass
        return f"{origin.distribution}/{name}"

    def plugins(self) -> list[Found]:
        """Every plugin that was found, in the order of the distributions' names."""
        failed = {failure.origin: failure.error for failure in self._failures}
        found = []
        for origin in sorted(
            {*self._origins, *failed}, key=lambda o: (o.distribution, o.entry_point)
        ):
            offers: dict[str, list[str]] = {}
            for offer in self.offers():
                if offer.origin == origin:
                    offers.setdefault(offer.kind, []).append(offer.type)
            listed = {kind: tuple(types) for kind, types in offers.items()}
            found.append(Found(origin, listed, failed.get(origin, "")))
        return found

    # Adding.

    def add(self, cls: type[Component]) -> None:
        """Offer a class from a notebook or a script.

        The same class again, by module and qualified name, replaces itself; a different one of that
        name raises PluginError.
        """
        with self._lock:
            offer = Offer(cls.kind, cls.type_name(), Origin(cls.__module__), cls)
            _check_type(offer)
            others = self._offers.setdefault((offer.namespace, offer.type), [])
            for at, other in enumerate(others):
                if other.place == offer.place:
                    others[at] = replace(offer, origin=other.origin)
                    return
            if others:
                raise PluginError(
                    f"the {cls.kind} {quote(offer.type)} is offered by {others[0].origin} already",
                    "give the class another type",
                )
            others.append(offer)

    def including(self, *classes: _Class) -> Registry:
        """A registry of its own that holds these classes as well."""
        registry = Registry()
        registry._offers = {key: list(offers) for key, offers in self._offers.items()}
        registry._origins, registry._failures = list(self._origins), list(self._failures)
        for cls in classes:
            registry.add(cls)
        return registry

    def _discover(self) -> None:
        allowed = _allowed()
        for entry in _entries():
            origin = Origin(*_distribution(entry), entry.name)
            if not _is_allowed(origin, allowed):
                continue
            try:
                plugin = entry.load()
            except (Exception, SystemExit) as error:
                self._fail(origin, error)
            else:
                self._take(plugin, origin)

    def _take(self, plugin: Any, origin: Origin) -> None:
        """Take in all that a plugin offers, or nothing, with one warning."""
        try:
            offers = list(_offered(plugin, origin))
        except (Exception, SystemExit) as error:
            self._fail(origin, error)
            return
        self._origins.append(origin)
        imitated = []
        for offer in offers:
            others = self._offers.setdefault((offer.namespace, offer.type), [])
            if any(other.origin.distribution == OWN for other in others):
                imitated.append(quote(f"{origin.distribution}/{offer.type}"))
            others.append(offer)
        if imitated:
            warn(f"{origin} offers what is netspec's own; write {', '.join(imitated)} to use it")

    def _fail(self, origin: Origin, error: BaseException) -> None:
        self._failures.append(Failure(origin, _said(error)))
        warn(f"the plugin {origin} ({origin.entry_point}) stays out: {_said(error)}")

    def _unknown(self, kind: str, distribution: str, written: str) -> NetspecError:
        if (
            not any(origin.distribution == OWN for origin in self._origins)
            and self is self._installed
        ):
            return PluginError(
                "netspec's own components are not found: its entry point is not installed",
                f"install the distribution {OWN}, also from a clone (pip install .)",
            )
        wanted = _normal(distribution)
        failed = [f for f in self._failures if wanted in ("", _normal(f.origin.distribution))]
        known = nearest(written.rpartition("/")[2], self.types(kind))
        if failed:
            why = "; ".join(f"{f.origin} is installed, but fails: {f.error}" for f in failed)
            return PluginError(f"unknown {kind} {quote(written)}", f"{known}; {why}")
        if distribution:
            return PluginError(
                f"unknown {kind} {quote(written)}",
                f"install the distribution {quote(distribution)}",
            )
        return SpecError(f"unknown {kind} {quote(written)}", known)


def _offered(plugin: Any, origin: Origin) -> Iterator[Offer]:
    """What a plugin offers, each implementation of a hook called by itself."""
    wanted = getattr(plugin, "NETSPEC_API", 1)
    if not isinstance(wanted, int) or wanted > API:
        raise PluginError(
            f"it needs the plugin API {wanted}, this netspec has {API}", "upgrade netspec"
        )
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    hooks = [name for name in dir(plugin) if manager.parse_hookimpl_opts(plugin, name)]
    for name in hooks:
        if name not in _KINDS:
            raise PluginError(f"unknown hook {quote(name)}", nearest(name, _KINDS))
    if not hooks:
        raise PluginError("it has no hook", "mark a function with hookimpl, as netspec_layers")
    manager.register(plugin)
    for hook, kind in _KINDS.items():
        for implementation in getattr(manager.hook, hook).get_hookimpls():
            yield from _listed(implementation.function(), kind, origin)


def _listed(offered: Any, kind: str, origin: Origin) -> Iterator[Offer]:
    lazily = isinstance(offered, Mapping)
    for each in offered.items() if lazily else offered:
        name, target = each if lazily else (_type_of(each), each)
        if not (lazily and isinstance(target, str)):
            _check_class(target, kind, name)
        offer = Offer(kind, name, origin, target)
        _check_type(offer)
        yield offer


def _type_of(cls: Any) -> str:
    return str(cls.type_name()) if hasattr(cls, "type_name") else ""


def _check_class(cls: Any, kind: str, name: str) -> None:
    """Raise PluginError unless this is a class of that kind and type."""
    if not isinstance(cls, type) or not hasattr(cls, "type_name") or not hasattr(cls, "kind"):
        raise PluginError(f"{quote(repr(cls))} is no class of a component", f"offer {_article(kind)}")
    if cls.kind != kind or cls.type_name() != name:
        raise PluginError(
            f"{cls.__qualname__} is the {cls.kind} {quote(cls.type_name())}, "
            f"offered as the {kind} {quote(name)}"
        )


def _check_type(offer: Offer) -> None:
    if not isinstance(offer.type, str) or not _TYPE.fullmatch(offer.type):
        raise PluginError(
            f"the type {quote(offer.type)} is no name",
            'a type has lower case letters, digits and _; say it as type: Literal["swish"] = "swish"',
        )


def _entries() -> list[EntryPoint]:
    """The entry points, our own first, the others in an order that no installation decides."""

    def order(entry: EntryPoint) -> tuple[bool, str, str, str]:
        name, version = _distribution(entry)
        return name != OWN, _normal(name), version, entry.name

    return sorted(entry_points(group=GROUP), key=order)


def _distribution(entry: EntryPoint) -> tuple[str, str]:
    metadata = entry.dist.metadata if entry.dist else None
    name = metadata["Name"] if metadata is not None else None
    version = metadata["Version"] if metadata is not None else None
    return name or "(a distribution without a name)", version or ""


def _allowed() -> set[str] | None:
    listed = os.environ.get("NETSPEC_PLUGINS")
    if listed is None:
        return None
    return {_normal(name) for name in listed.split(",") if name.strip()}


def _is_allowed(origin: Origin, allowed: set[str] | None) -> bool:
    return allowed is None or origin.distribution == OWN or _normal(origin.distribution) in allowed


def _normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution.strip()).lower()


def _said(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"it exits at import (SystemExit: {error.code})"
    text = " ".join(str(error).split())
    if isinstance(error, NetspecError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _article(noun: str) -> str:
    return f"an {noun}" if noun[:1] in "aeiou" else f"a {noun}"
