"""Whether numbers that were made again are those that were saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Any, Literal

import numpy as np

from netspec.arrays import Array
from netspec.errors import ModelError, quote
from netspec.limits import Limits
from netspec.probe import INPUT, OUTPUT, SAMPLES, answers
from netspec.provenance import bits_key
from netspec.registry import Registry
from netspec.storage import Saved, open_model

__all__ = ["Agreement", "compare", "same_key", "verify"]

_Verdict = Literal["same bits", "same within tolerance", "different"]

_TOLERANCES = {"float32": (1e-4, 1e-6), "float64": (1e-10, 1e-12)}


@dataclass(frozen=True)
class Agreement:
    """How far two sets of numbers agree.

    `difference` is the largest absolute one, at the name and index of `where`; `exact` says whether
    the same bits were asked for, as under one bits key.
    """

    verdict: _Verdict
    exact: bool
    difference: float = 0.0
    where: str = ""

    @property
    def holds(self) -> bool:
        """Whether they agree as far as may be asked."""
        return self.verdict == "same bits" or (
            self.verdict == "same within tolerance" and not self.exact
        )

    def __str__(self) -> str:
        if self.verdict == "same bits":
            return self.verdict
        return f"{self.verdict}: by up to {self.difference:.3g}, at {self.where}"


def compare(ours: Mapping[str, Array], theirs: Mapping[str, Array], *, exact: bool) -> Agreement:
    """Compare arrays by name: bit for bit, else |a - b| ≤ atol + rtol |b|.

    rtol is 1e-4 and atol 1e-6, for float64 1e-10 and 1e-12. Names or shapes that differ, and NaN,
    are different.
    """
    wrong = sorted(
        name
        for name in {*ours, *theirs}
        if name not in ours
        or name not in theirs
        or (ours[name].shape, ours[name].dtype) != (theirs[name].shape, theirs[name].dtype)
    )
    if wrong:
        return Agreement("different", exact, float("inf"), wrong[0])
    if all(ours[name].tobytes() == theirs[name].tobytes() for name in ours):
        return Agreement("same bits", exact)
    near, worst, where = True, 0.0, ""
    for name, b in theirs.items():
        a = ours[name]
        difference = np.nan_to_num(np.abs(a.astype(np.float64) - b), nan=np.inf)
        rtol, atol = _TOLERANCES.get(a.dtype.name, (0.0, 0.0))
        near = near and bool((difference <= atol + rtol * np.abs(b.astype(np.float64))).all())
        if difference.size and (difference.max() > worst or not where):
            at = np.unravel_index(int(difference.argmax()), difference.shape)
            worst, where = float(difference.max()), f"{name}[{', '.join(map(str, at))}]"
    return Agreement("same within tolerance" if near else "different", exact, worst, where)


def same_key(provenance: Mapping[str, Any] | None) -> bool:
    """Whether this process has the bits key that a model recorded: numpy, BLAS kernel, threads."""
    return (provenance or {}).get("bits") == bits_key()


def verify(
    model: str | PathLike[str] | Saved,
    *,
    registry: Registry | None = None,
    limits: Limits | None = None,
) -> Agreement:
    """Ask a model the inputs of its probe again, and compare with what it answered when saved.

    Under the recorded bits key the bits must be the same. Raises ModelError where the model has no
    probe to ask, and whatever `load` raises.
    """
    saved = model
    if not isinstance(saved, Saved):
        saved = open_model(saved, registry=registry, limits=limits)
    x = saved.probe.get(INPUT)
    if x is None or not len(x):
        name = saved.spec.name or "model"
        raise ModelError(f"{quote(name)} has no probe to ask", "save it again with netspec")
    y = answers(saved.network, x)
    # The last bits of a row may depend on how many stand beside it.
    exact = same_key(saved.spec.provenance) and len(x) == SAMPLES
    return compare({OUTPUT: y}, {OUTPUT: saved.probe[OUTPUT]}, exact=exact)
