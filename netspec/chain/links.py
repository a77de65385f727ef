"""Small things about links: what a spec expands to, what stands between two, how one is renamed."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.arrays import Shape
from netspec.errors import NetspecError, PluginError, SpecError
from netspec.layer import Layer, LayerSpec
from netspec.site import Site
from netspec.wording import article

__all__ = ["Link", "Misfit", "between", "built", "expand", "misfit", "move", "named", "type_of"]

Link = LayerSpec | Layer
"""What surgery takes: a spec to be built, or a running layer that is free."""


def type_of(link: Link) -> str:
    """The type of a spec, or of the layer that runs for one."""
    return link.type if isinstance(link, LayerSpec) else link.spec.type


def expand(links: list[Link]) -> tuple[list[int], list[Link]]:
    """Every link that the links stand for, and the index of the one that it comes from."""
    origins: list[int] = []
    expanded: list[Link] = []
    for at, link in enumerate(links):
        parts: tuple[Link, ...] = link.links() if isinstance(link, LayerSpec) else (link,)
        origins += [at] * len(parts)
        expanded += parts
    return origins, expanded


def named(spec: LayerSpec, name: str) -> LayerSpec:
    """The spec under this name."""
    return spec if spec.name == name else spec.model_copy(update={"name": name})


def built(spec: LayerSpec, site: Site) -> Layer:
    """The layer that runs there. Raises PluginError where the spec builds none, or half of one."""
    layer = spec.build(site)
    if not isinstance(layer, Layer):
        raise PluginError(
            f"{type(spec).__qualname__}.build gave {article(type(layer).__name__)}",
            "return the running layer, a Layer",
        )
    if "output_shape" not in vars(layer):
        raise PluginError(
            f"{type(layer).__qualname__} has no shape",
            "begin its constructor with super().__init__(spec, site)",
        )
    return layer


class Misfit(SpecError):
    """A layer does not take what the one before it gives."""


def misfit(error: NetspecError, inside: str, name: str, shape: Shape, giver: str) -> NetspecError:
    """The error of a layer that is built, which says as well what it gets, and from whom.

    What comes from a chain inside the layer says so already.
    """
    if not isinstance(error, SpecError) or isinstance(error, Misfit):
        return error
    path = f"{inside}.{name}" if inside else name
    gets = f"{path} gets {shape} from {giver or 'the input'}"
    return Misfit.of(fault._replace(what=f"{gets}: {fault.what}") for fault in error.faults)


def between(first: Layer | None, right: Layer | None) -> Iterator[Layer]:
    """The layers from `first` up to, not with, `right`."""
    layer = first
    while layer is not None and layer is not right:
        yield layer
        layer = layer.next


def move(layer: Layer, path: str) -> None:
    """Give the layer its path, and the layers inside it theirs."""
    if layer.path == path:
        return
    before = len(layer.path)
    for each in layer.walk():
        for chain in each.chains().values():
            chain.path = path + chain.path[before:]
        each.path = path + each.path[before:]
