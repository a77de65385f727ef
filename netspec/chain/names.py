"""The names in a chain: an index from name to layer, which says nothing about order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Self

from netspec.errors import SpecError, nearest, quote
from netspec.layer import Layer
from netspec.wording import shown

__all__ = ["Names"]

_NUMBERED = re.compile(r"(.+)_([1-9][0-9]{0,17})")


class Names:
    """Which layer bears a name, and which number the next `<type>_<n>` gets.

    n is one more than the largest that stands in the chain now, so that a network in memory and one
    that was loaded go on alike. The numbers wait in heaps: an operation costs the same in a chain of
    ten layers and of a hundred thousand.
    """

    def __init__(self) -> None:
        self._layers: dict[str, Layer] = {}
        self._numbers: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self._layers)

    def __getitem__(self, name: str) -> Layer:
        if not isinstance(name, str):
            raise SpecError(
                f"{shown(name)} is no name of a layer",
                "layers go by their names; list(network) has them in order",
            )
        found = self._layers.get(name)
        if found is None:
            raise SpecError(f"no layer is named {quote(name)}", nearest(name, self._layers))
        return found

    @classmethod
    def of(cls, layers: Iterable[Layer]) -> Self:
        """The names of these layers."""
        names = cls()
        for layer in layers:
            names.enter(layer.name, layer)
        return names

    def enter(self, name: str, layer: Layer) -> None:
        """Take a name in."""
        self._layers[name] = layer
        numbered = _NUMBERED.fullmatch(name)
        if numbered:
            heappush(self._numbers.setdefault(numbered[1], []), -int(numbered[2]))

    def leave(self, name: str) -> None:
        """Let a name go."""
        del self._layers[name]

    def choose(self, links: list[tuple[str, str]], gone: set[str], origins: list[int]) -> list[str]:
        """A name for each new link of (type, written name), while the layers `gone` leave.

        Names that are written are reserved before any is given. Raises SpecError where one is taken,
        at the origin of its link.
        """
        reserved: dict[str, int] = {}
        seen: set[str] = set()
        for (_, name), origin in zip(links, origins, strict=True):
            if not name:
                continue
            if name in seen or (name in self._layers and name not in gone):
                raise SpecError(
                    f"two layers are named {quote(name)}",
                    "give one of them another name",
                    path=(origin, "name"),
                )
            seen.add(name)
            numbered = _NUMBERED.fullmatch(name)
            if numbered:
                reserved[numbered[1]] = max(reserved.get(numbered[1], 0), int(numbered[2]))
        last: dict[str, int] = {}
        chosen = []
        for kind, name in links:
            if not name:
                if kind not in last:
                    last[kind] = max(self._largest(kind, gone), reserved.get(kind, 0))
                last[kind] += 1
                name = f"{kind}_{last[kind]}"
            chosen.append(name)
        return chosen

    def _largest(self, kind: str, gone: set[str]) -> int:
        """The largest n of the names `<kind>_<n>` that stay; 0 where there is none."""
        heap = self._numbers.get(kind, [])
        back = set()
        found = 0
        while heap:
            name = f"{kind}_{-heap[0]}"
            if name in self._layers and name not in gone:
                found = -heap[0]
                break
            number = heappop(heap)
            if name in self._layers:
                back.add(number)
        for number in back:
            heappush(heap, number)
        return found
