"""How a proof runs: every check says what is wrong, and all faults are told together."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from traceback import walk_tb
from typing import Any, TypeVar

from netspec.spec import Component

from .causes import misfit
from .common import COMMON

__all__ = ["BrokenPromises", "Check", "prove"]

_T = TypeVar("_T")

Check = Callable[[_T], Iterable[str]]
"""A check yields one text for each fault; its name is its function's."""


class BrokenPromises(AssertionError):
    """A component breaks its promises: every fault, and the checks that hold and that do not."""

    def __init__(
        self, what: str, faults: tuple[str, ...], held: tuple[str, ...], broken: tuple[str, ...]
    ) -> None:
        super().__init__("\n  - ".join([f"{what} breaks its promises:", *faults]))
        self.faults = faults
        self.held = held
        self.broken = broken


def prove(
    spec: Component,
    checks: Iterable[Check[Any]],
    *others: tuple[Any, Iterable[Check[Any]]],
    expected: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Run what every component promises and these checks on a spec, then each of `others` on its own
    subject; the names of those that hold. Where the first of the others fails, the rest is not asked.

    Raises BrokenPromises, an AssertionError that lists all faults; one that several checks find is
    told once.

    `expected` names checks that are known to fail, each with the reason; one that holds after all is
    a fault, so that no reason outlives what it excused.
    """
    found: dict[str, list[str]] = {}
    package = type(spec).__module__.partition(".")[0]
    with warnings.catch_warnings():
        # Not the component's fault: OpenBLAS's AVX-512 kernel for a matrix of five columns times
        # a vector computes on memory that nobody set. The product is right, the warning is not.
        warnings.filterwarnings("ignore", "invalid value encountered in (dot|matmul)")
        for check in (*COMMON, *checks):
            found.setdefault(_name(check), []).extend(_found(check, spec, package))
        for subject, those in others:
            for at, check in enumerate(those):
                faults = list(_found(check, subject, package))
                found.setdefault(_name(check), []).extend(faults)
                if faults and at == 0:
                    break
    finders: dict[str, list[str]] = {}
    for name, fault in _unexpected(found, expected or {}):
        finders.setdefault(fault, []).append(name)
    held = tuple(name for name, wrong in found.items() if not wrong)
    if finders:
        told = tuple(
            f"{', '.join(dict.fromkeys(names))}: {fault}" for fault, names in finders.items()
        )
        broken = tuple(dict.fromkeys(name for names in finders.values() for name in names))
        what = f"{type(spec).__qualname__} ({spec.kind} {spec.type})"
        raise BrokenPromises(what, told, held, broken)
    return held


def _unexpected(
    found: Mapping[str, list[str]], expected: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The names of checks, each with a fault that it found."""
    for name, faults in found.items():
        if name not in expected:
            yield from ((name, fault) for fault in faults)
        elif not faults:
            yield name, f"it holds, though it is expected to fail ({expected[name]})"
    for name in sorted(expected.keys() - found.keys()):
        yield name, f"there is no such check ({', '.join(sorted(found))})"


def _name(check: Check[Any]) -> str:
    return getattr(check, "__name__", repr(check)).replace("_", " ").strip()


def _found(check: Check[_T], subject: _T, package: str) -> Iterator[str]:
    """The faults of one check; what it raises is a fault too."""
    try:
        yield from check(subject)
    except AssertionError as error:
        yield str(error)
    except Exception as error:
        yield f"it raises {type(error).__name__}: {error}{misfit(error)}{_place(error, package)}"


def _place(error: Exception, package: str) -> str:
    """The innermost line of the component's package that an error came through, if it did."""
    place = ""
    for frame, line in walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__", ""))
        if f"{module}.".startswith(f"{package}.") and not module.startswith(__package__):
            place = f" ({Path(frame.f_code.co_filename).name}:{line})"
    return place
