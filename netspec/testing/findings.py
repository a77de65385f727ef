"""How a proof runs: every check says what is wrong, and all faults are told together."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from .causes import misfit

__all__ = ["BrokenPromises", "Check", "prove"]

_T = TypeVar("_T")

Check = Callable[[_T], Iterable[str]]
"""A check yields one text for each fault; its name is its function's."""


class BrokenPromises(AssertionError):
    """A component breaks its promises: every fault, and the names of the checks that hold."""

    def __init__(self, what: str, faults: tuple[str, ...], held: tuple[str, ...]) -> None:
        super().__init__("\n  - ".join([f"{what} breaks its promises:", *faults]))
        self.faults = faults
        self.held = held


def prove(
    what: str,
    *parts: tuple[Any, Iterable[Check[Any]]],
    expected: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Run every check of every part on its subject; the names of those that hold.

    Raises BrokenPromises, an AssertionError that lists all faults.

    `expected` names checks that are known to fail, each with the reason; one that holds after all is
    a fault, so that no reason outlives what it excused.
    """
    found: dict[str, list[str]] = {}
    with warnings.catch_warnings():
        # Not the component's fault: OpenBLAS's AVX-512 kernel for a matrix of five columns times
        # a vector computes on memory that nobody set. The product is right, the warning is not.
        warnings.filterwarnings("ignore", "invalid value encountered in (dot|matmul)")
        for subject, checks in parts:
            for check in checks:
                found.setdefault(_name(check), []).extend(_found(check, subject))
    faults = tuple(_unexpected(found, expected or {}))
    held = tuple(name for name, wrong in found.items() if not wrong)
    if faults:
        raise BrokenPromises(what, faults, held)
    return held


def _unexpected(found: Mapping[str, list[str]], expected: Mapping[str, str]) -> Iterator[str]:
    for name, faults in found.items():
        if name not in expected:
            yield from (f"{name}: {fault}" for fault in faults)
        elif not faults:
            yield f"{name}: it holds, though it is expected to fail ({expected[name]})"
    for name in sorted(expected.keys() - found.keys()):
        yield f"{name}: there is no such check ({', '.join(sorted(found))})"


def _name(check: Check[Any]) -> str:
    return getattr(check, "__name__", repr(check)).replace("_", " ").strip()


def _found(check: Check[_T], subject: _T) -> Iterator[str]:
    """The faults of one check; what it raises is a fault too."""
    try:
        yield from check(subject)
    except AssertionError as error:
        yield str(error)
    except Exception as error:
        yield f"it raises {type(error).__name__}: {error}{misfit(error)}"
