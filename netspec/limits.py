"""How large a thing from a file may be: all limits, in one place."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Limits"]


class Limits(NamedTuple):
    """The limits on what comes from files. A caller may raise them, a file never can.

    They do not hold for what Python builds by hand. `save` checks what `load` checks.
    """

    spec_bytes: int = 8 * 2**20
    nesting: int = 32
    extended: int = 32
    layers: int = 10_000
    rank: int = 8
    parameters: int = 2**28
    values: int = 2**24
    header_bytes: int = 8 * 2**20
