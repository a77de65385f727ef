"""What plugins offer: a class, its kind and type, and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from netspec.errors import NetspecError, PluginError, quote
from netspec.wording import article

if TYPE_CHECKING:
    from netspec.spec import Component

    _Class = type[Component]

__all__ = [
    "API",
    "Failure",
    "Found",
    "Offer",
    "Origin",
    "api_of",
    "check_class",
    "check_component",
    "check_type",
    "said",
]

API = 1
"""The version of the interface between plugins and netspec."""

_TYPE = re.compile(r"[a-z][a-z0-9_]*")


class Origin(NamedTuple):
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
    api: int = 1

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
                self.api = api_of(import_module(module.partition(".")[0]))
                loaded = getattr(import_module(module), name)
                check_class(loaded, self.kind, self.type)
            except (Exception, SystemExit) as error:
                raise PluginError(
                    f"{self.kind} {self.type}: {self.origin} is installed, but fails: "
                    f"{said(error)}",
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


class Failure(NamedTuple):
    """A plugin that stays out, and why."""

    origin: Origin
    error: str


class Found(NamedTuple):
    """A plugin that was found: where it comes from, what it offers, and what went wrong.

    `seconds` is what its import took, as far as it was imported. `conflicts` are those of its types
    that others offer as well.
    """

    origin: Origin
    offers: Mapping[str, tuple[str, ...]]
    error: str = ""
    api: int = 1
    seconds: float = 0.0
    conflicts: tuple[str, ...] = ()


def api_of(plugin: Any) -> int:
    """The version of the interface that a plugin is written for, by default 1.

    Raises PluginError where it is newer than this netspec.
    """
    wanted = getattr(plugin, "NETSPEC_API", 1)
    if not isinstance(wanted, int) or wanted > API:
        raise PluginError(
            f"it needs the plugin API {wanted}, this netspec has {API}", "upgrade netspec"
        )
    return wanted


def check_component(cls: Any, kind: str = "component") -> None:
    """Raise PluginError unless this is a class of a component."""
    if not isinstance(cls, type) or not hasattr(cls, "type_name") or not hasattr(cls, "kind"):
        raise PluginError(
            f"{quote(repr(cls))} is no class of a component", f"offer {article(kind)}"
        )


def check_class(cls: Any, kind: str, name: str) -> None:
    """Raise PluginError unless this is a class of that kind and type."""
    check_component(cls, kind)
    if cls.kind != kind or cls.type_name() != name:
        raise PluginError(
            f"{cls.__qualname__} is the {cls.kind} {quote(cls.type_name())}, "
            f"offered as the {kind} {quote(name)}"
        )


def check_type(offer: Offer) -> None:
    """Raise PluginError unless the type is a name that a document may write."""
    if not isinstance(offer.type, str) or not _TYPE.fullmatch(offer.type):
        raise PluginError(
            f"the type {quote(offer.type)} is no name",
            'a type has lower case letters, digits and _; say it as type: Literal["swish"] = "swish"',
        )


def said(error: BaseException) -> str:
    """What a plugin's error says, on one line."""
    if isinstance(error, SystemExit):
        return f"it exits at import (SystemExit: {error.code})"
    text = " ".join(str(error).split())
    if isinstance(error, NetspecError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
