"""How a proof runs: every check says what is wrong, and all faults are told together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

__all__ = ["Check", "prove"]

_T = TypeVar("_T")

Check = Callable[[_T], Iterable[str]]
"""A check yields one text for each fault; its name is its function's."""


def prove(
    what: str, subject: _T, checks: Iterable[Check[_T]], expected: Mapping[str, str] | None = None
) -> None:
    """Run every check; raise one AssertionError that lists all faults.

    `expected` names checks that are known to fail, each with the reason; one that holds after all is
    a fault, so that no reason outlives what it excused.
    """
    expected = expected or {}
    faults: list[str] = []
    names: set[str] = set()
    for check in checks:
        name = _name(check)
        names.add(name)
        found = list(_found(check, subject))
        if name not in expected:
            faults += [f"{name}: {fault}" for fault in found]
        elif not found:
            faults.append(f"{name}: it holds, though it is expected to fail ({expected[name]})")
    unknown = sorted(expected.keys() - names)
    faults += [f"{name}: there is no such check ({', '.join(sorted(names))})" for name in unknown]
    if faults:
        raise AssertionError("\n  - ".join([f"{what} breaks its promises:", *faults]))


def _name(check: Check[Any]) -> str:
    return getattr(check, "__name__", repr(check)).replace("_", " ")


def _found(check: Check[_T], subject: _T) -> Iterator[str]:
    """The faults of one check; what it raises is a fault too."""
    try:
        yield from check(subject)
    except AssertionError as error:
        yield str(error)
    except Exception as error:
        yield f"it raises {type(error).__name__}: {error}"
