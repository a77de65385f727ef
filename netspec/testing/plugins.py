"""Everything that a plugin offers, proved: for `netspec check` and `pytest --netspec`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TypeGuard

from netspec.errors import PluginError, nearest, quote
from netspec.layer import LayerSpec
from netspec.registry import Offer, Origin, Registry, hooks_of, normal, offered
from netspec.spec import Component

from .components import check_component
from .examples import examples
from .findings import BrokenPromises
from .speed import times_dense

__all__ = ["Proof", "offers_of", "proof_of"]


@dataclass(frozen=True)
class Proof:
    """What was found of one component: the promises that hold, and the faults of the others.

    `speed` is a layer's time in units of a dense layer's of the same size; None of other kinds, and
    where something is broken.
    """

    kind: str
    type: str
    held: tuple[str, ...]
    faults: tuple[str, ...]
    speed: float | None = None

    def __str__(self) -> str:
        return "\n  - ".join([f"{self.kind} {self.type} breaks its promises:", *self.faults])


def offers_of(plugin: str) -> list[Offer]:
    """What a plugin offers: an installed distribution, an importable module, or a Python file.

    A module without hooks offers the components that it defines. Raises PluginError where there is
    no such plugin, it stays out, or it offers nothing.
    """
    offers = _offers_of(plugin)
    if not offers:
        raise PluginError(f"{quote(plugin)} offers nothing", _INSTALL)
    return offers


_INSTALL = (
    "a module that is not installed offers what its hooks name, or the classes that it defines; what "
    "a pyproject.toml declares is seen once it is installed (pip install -e FOLDER) and "
    "NETSPEC_PLUGINS, where it is set, names it"
)


def _offers_of(plugin: str) -> list[Offer]:
    if plugin.endswith(".py"):
        return _installed_in(Path(plugin)) or _offers_in(_module_in(Path(plugin)))
    registry = Registry.installed()
    found = [f for f in registry.plugins() if normal(f.origin.distribution) == normal(plugin)]
    for each in found:
        if each.error:
            raise PluginError(f"the plugin {each.origin} stays out: {each.error}")
    if found:
        origins = [each.origin for each in found]
        return [offer for offer in registry.offers() if offer.origin in origins]
    if _found(plugin) is None:
        if Path(plugin).is_dir():
            raise PluginError(
                f"{quote(plugin)} is a folder",
                "install it (pip install -e FOLDER) and name the distribution or its module",
            )
        known = {each.origin.distribution for each in registry.plugins()}
        raise PluginError(
            f"no plugin, module or file is called {quote(plugin)}", nearest(plugin, known)
        )
    try:
        module = import_module(plugin)
    except (Exception, SystemExit) as error:
        raise _fails(plugin, error) from error
    return _offers_in(module)


def _installed_in(path: Path) -> list[Offer]:
    """What installed plugins offer out of this very file."""

    def stands_there(offer: Offer) -> bool:
        module = offer.place.partition(":")[0]
        found = _found(module) if module.rpartition(".")[2] == path.stem else None
        return found is not None and found.origin is not None and path.samefile(found.origin)

    return [o for o in Registry.installed().offers() if path.is_file() and stands_there(o)]


def _found(name: str) -> ModuleSpec | None:
    try:
        return find_spec(name)
    except (ImportError, ValueError):
        return None


def _module_in(path: Path) -> ModuleType:
    """The module that a file holds, as its folder's other files would import it."""
    found = spec_from_file_location(path.stem, path)
    if found is None or found.loader is None or not path.is_file():
        raise PluginError(f"there is no file {quote(path)}")
    module = module_from_spec(found)
    sys.modules[path.stem] = module
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        found.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise _fails(str(path), error) from error
    return module


def _fails(what: str, error: BaseException) -> PluginError:
    return PluginError(f"{quote(what)} fails: {type(error).__name__}: {error}", "repair it")


def _offers_in(module: ModuleType) -> list[Offer]:
    origin = Origin(module.__name__)
    if hooks_of(module):
        return list(offered(module, origin))
    classes = dict.fromkeys(cls for cls in vars(module).values() if _is_own(cls, module))
    return [Offer(cls.kind, cls.type_name(), origin, cls) for cls in classes]


def _is_own(cls: object, module: ModuleType) -> TypeGuard[type[Component]]:
    """Whether a value is the class of a component that this module defines."""
    return (
        isinstance(cls, type)
        and issubclass(cls, Component)
        and not cls._base
        and not getattr(cls, "__abstractmethods__", None)
        and f"{cls.__module__}.".startswith(f"{module.__name__}.")
        and cls.model_fields["type"].default is not None
    )


def proof_of(offer: Offer) -> Proof:
    """Prove every example of a component."""
    held: list[str] = []
    faults: dict[str, list[str]] = {}
    fallen: set[str] = set()
    specs: list[Component] = []
    try:
        specs.extend(_examples(offer))
    except Exception as error:
        faults[f"examples: {_said(error)}"] = []
    for spec in specs:
        found: tuple[str, ...] = ()
        try:
            held += check_component(spec)
        except BrokenPromises as broken:
            held += broken.held
            fallen |= set(broken.broken)
            found = broken.faults
        except Exception as error:
            found = (f"checks: {_said(error)}",)
        for fault in found:
            faults.setdefault(fault, []).append(json.dumps(spec.document()))
    kept = tuple(name for name in dict.fromkeys(held) if name not in fallen)
    layer = specs[0] if specs and not faults else None
    speed = times_dense(layer) if isinstance(layer, LayerSpec) else None
    told = (
        f"{fault} (of {', '.join(of)})" if 0 < len(of) < len(specs) else fault
        for fault, of in faults.items()
    )
    return Proof(offer.kind, offer.type, kept, tuple(told), speed)


def _examples(offer: Offer) -> Iterator[Component]:
    cls = offer.load()
    registry = Registry.installed()
    if registry.origin_of(cls) is None:
        registry = registry.including(cls)
    return examples(cls, registry=registry)


def _said(error: Exception) -> str:
    return f"it raises {type(error).__name__}: {error}"
