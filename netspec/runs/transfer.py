"""Starting from saved weights: arrays are taken where name and shape agree."""

from __future__ import annotations

from netspec.network import SequentialNetwork

__all__ = ["take_arrays"]


def take_arrays(network: SequentialNetwork, source: SequentialNetwork) -> list[tuple[str, str]]:
    """Copy what fits from `source`; returns what became of each array of both, by path."""
    theirs = {**source.params(), **source.state()}
    taken = []
    for path, array in {**network.params(), **network.state()}.items():
        given = theirs.pop(path, None)
        if given is None:
            taken.append((path, "drawn afresh: not in the model"))
        elif given.shape != array.shape:
            taken.append((path, f"drawn afresh: the model's has shape {given.shape}"))
        else:
            array[...] = given
            taken.append((path, "taken"))
    taken.extend((path, "not used") for path in theirs)
    return taken
