"""The registry itself: looking types up, and taking plugins in.

Its search is a loop of its own: pluggy's stops at the first import that fails, and drops the second
of two plugins of one name. Hooks are called one implementation at a time, so that one that fails
stays out alone. What a distribution declares in its metadata is imported when it is needed.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar, SupportsIndex, TypeVar

from netspec.errors import NetspecError, PluginError, SpecError, nearest, quote, warn
from netspec.wording import article

from .elsewhere import owner
from .finding import OWN, TYPES, declared, discovered, left_out, normal, offered
from .offers import Failure, Found, Offer, Origin, check_component, check_type, said

if TYPE_CHECKING:
    from netspec.spec import Component

    _Class = type[Component]

__all__ = ["Registry"]

_C = TypeVar("_C", bound="Component")

_DISTRIBUTION = re.compile(r"[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?", re.ASCII)


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
        self._unsaid: list[Failure] = []
        self._seconds: dict[Origin, float] = {}
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

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        """What is installed is copied and pickled as just that: classes may come, plugins differ."""
        if self is Registry._installed:
            return Registry.installed, ()
        return super().__reduce_ex__(protocol)

    # Looking up.

    def find(self, base: type[_C], written: str) -> type[_C]:
        """The class of the kind `base` that a document calls by this type.

        Raises SpecError for a type that nobody knows, and PluginError where the type belongs to a
        plugin: one that is missing, fails, or is not the only one to offer it.
        """
        found = self.offer(base.namespace, base.kind, written).load()
        if not issubclass(found, base):
            raise SpecError(
                f"{quote(written)} is a {found.kind}, not {article(base.kind)}",
                nearest(written, self.types(base.kind)),
            )
        return found

    def offer(self, namespace: str, kind: str, written: str) -> Offer:
        """The one offer of this type; `distribution/type` picks one of several."""
        distribution, _, name = written.rpartition("/")
        offers = self._offers.get((namespace, name), [])
        if distribution:
            offers = [o for o in offers if normal(o.origin.distribution) == normal(distribution)]
        elif len(offers) > 1:
            offers = [o for o in offers if o.origin.distribution == OWN] or offers
        if not offers:
            raise self._unknown(kind, distribution, written)
        if len(offers) > 1:
            if len({normal(each.origin.distribution) for each in offers}) == 1:
                raise PluginError(
                    f"{offers[0].origin} offers {quote(name)} more than once: "
                    + " and ".join(f"as the {each.kind} {each.place}" for each in offers),
                    "layers and activations share one namespace; rename all but one",
                )
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
            offers = [offer for offer in self.offers() if offer.origin == origin]
            listed: dict[str, tuple[str, ...]] = {}
            for offer in offers:
                listed[offer.kind] = (*listed.get(offer.kind, ()), offer.type)
            api = max((offer.api for offer in offers), default=1)
            shared = tuple(text for offer in offers if (text := self._conflict(offer)))
            seconds = self._seconds.get(origin, 0.0)
            found.append(Found(origin, listed, failed.get(origin, ""), api, seconds, shared))
        return found

    def import_declared(self) -> None:
        """Import all that is declared, with the warnings that waited for it."""
        with self._lock:
            for failure in self._unsaid:
                _warn_of(failure)
            self._unsaid.clear()
            for origin in self._origins:
                if origin.entry_point == TYPES and origin not in self._seconds:
                    self._import(origin)

    def _import(self, origin: Origin) -> None:
        offers = [offer for offer in self.offers() if offer.origin == origin]
        errors = []
        start = perf_counter()
        for offer in offers:
            try:
                offer.load()
            except PluginError as error:
                errors.append(f"{offer.kind} {offer.type}: {said(error.__cause__ or error)}")
        self._seconds[origin] = perf_counter() - start
        self._warn_of_imitation(origin, offers)
        if errors:
            self._fail(origin, "; ".join(errors))

    def _conflict(self, offer: Offer) -> str:
        """Who else offers this type, if anybody does; netspec's own is not in the way of others."""
        others = [o for o in self._offers[offer.namespace, offer.type] if o is not offer]
        if not others or offer.origin.distribution == OWN:
            return ""
        return f"{offer.kind} {offer.type}: " + ", ".join(str(other.origin) for other in others)

    # Adding.

    def add(self, cls: type[Component]) -> None:
        """Offer a class from a notebook or a script.

        The same class again, by module and qualified name, replaces itself; a different one of that
        name raises PluginError, as does what is no class of a component.
        """
        check_component(cls)
        with self._lock:
            offer = Offer(cls.kind, cls.type_name(), Origin(cls.__module__), cls)
            check_type(offer)
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
        found = list(discovered())
        declaring = {origin.distribution for origin, entry in found if entry.group == TYPES}
        for origin, entry in found:
            if entry.group == TYPES:
                self._declare(entry, origin)
            elif origin.distribution in declaring:
                why = "its distribution declares its types, so that its hooks are not called"
                self._fail(origin, why, aloud=False)
            else:
                self._call(entry, origin)

    def _declare(self, entry: EntryPoint, origin: Origin) -> None:
        """Take a declaration at its word."""
        try:
            offer = declared(entry, origin)
        except PluginError as error:
            self._fail(origin, said(error), aloud=False)
            return
        if origin not in self._origins:
            self._origins.append(origin)
        self._offers.setdefault((offer.namespace, offer.type), []).append(offer)

    def _call(self, entry: EntryPoint, origin: Origin) -> None:
        """Import a plugin and call its hooks."""
        start = perf_counter()
        try:
            plugin = entry.load()
        except (Exception, SystemExit) as error:
            self._fail(origin, said(error))
        else:
            self._take(plugin, origin)
        self._seconds[origin] = perf_counter() - start

    def _take(self, plugin: Any, origin: Origin) -> None:
        """Take in all that a plugin offers by its hooks, or nothing, with one warning."""
        try:
            offers = list(offered(plugin, origin))
        except (Exception, SystemExit) as error:
            self._fail(origin, said(error))
            return
        self._origins.append(origin)
        for offer in offers:
            self._offers.setdefault((offer.namespace, offer.type), []).append(offer)
        self._warn_of_imitation(origin, offers)

    def _warn_of_imitation(self, origin: Origin, offers: list[Offer]) -> None:
        imitated = [
            quote(f"{origin.distribution}/{offer.type}")
            for offer in offers
            for other in self._offers[offer.namespace, offer.type]
            if other is not offer and other.origin.distribution == OWN
        ]
        if imitated:
            warn(f"{origin} offers what is netspec's own; write {', '.join(imitated)} to use it")

    def _fail(self, origin: Origin, error: str, aloud: bool = True) -> None:
        failure = Failure(origin, error)
        self._failures.append(failure)
        if aloud:
            _warn_of(failure)
        else:
            self._unsaid.append(failure)

    def _unknown(self, kind: str, distribution: str, written: str) -> NetspecError:
        if (
            not any(origin.distribution == OWN for origin in self._origins)
            and self is self._installed
        ):
            return PluginError(
                "netspec's own components are not found: its entry point is not installed",
                f"install the distribution {OWN}, also from a clone (pip install .)",
            )
        if distribution and not _DISTRIBUTION.fullmatch(distribution):
            right = 'a type is a name, or "distribution/type" for a plugin\'s'
            return SpecError(f"unknown {kind} {quote(written)}", right)
        wanted = normal(distribution)
        failed = [f for f in self._failures if wanted in ("", normal(f.origin.distribution))]
        name = written.rpartition("/")[2]
        known = nearest(name, self.types(kind))
        others = {o.kind for key, each in self._offers.items() if key[1] == name for o in each}
        if others:
            known = f"{quote(name)} is {article(min(others))}; {known}"
        if failed:
            why = "; ".join(f"{f.origin} is installed, but fails: {f.error}" for f in failed)
            return PluginError(f"unknown {kind} {quote(written)}", f"{known}; {why}")
        distribution = distribution or owner(kind, name)
        if distribution:
            right = f"install the distribution {quote(distribution)}"
            if left_out(distribution):
                right = f"{quote(distribution)} is installed, but NETSPEC_PLUGINS does not list it"
            return PluginError(f"unknown {kind} {quote(written)}", right)
        return SpecError(f"unknown {kind} {quote(written)}", known)


def _warn_of(failure: Failure) -> None:
    warn(f"the plugin {failure.origin} ({failure.origin.entry_point}) stays out: {failure.error}")
