"""Starting from saved weights: arrays are taken where name and shape agree."""

from __future__ import annotations

from netspec.network import SequentialNetwork

__all__ = ["take_arrays"]


def take_arrays(network: SequentialNetwork, source: SequentialNetwork) -> list[tuple[str, str]]:
    """Copy what fits from `source`; returns what became of each array of both, by path.

    The state of a layer is one thing, as a mean and whether it is adapted are: all of it is taken,
    or none.
    """
    theirs = {**source.params(), **source.state()}
    state = network.state()
    fates = {
        path: "drawn afresh: not in the model"
        if path not in theirs
        else f"drawn afresh: the model's has shape {theirs[path].shape}"
        if theirs[path].shape != array.shape
        else "taken"
        for path, array in {**network.params(), **state}.items()
    }
    torn = {_layer(path) for path in state if fates[path] != "taken"}
    for path in state:
        if fates[path] == "taken" and _layer(path) in torn:
            fates[path] = "drawn afresh: not all of its layer's state fits"
    for path, array in {**network.params(), **state}.items():
        if fates[path] == "taken":
            array[...] = theirs[path]
    return [*fates.items(), *((path, "not used") for path in theirs if path not in fates)]


def _layer(path: str) -> str:
    """The layer that an array belongs to."""
    return path.rpartition(".")[0]
