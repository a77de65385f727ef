"""What a training gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netspec.network import SequentialNetwork

__all__ = ["Run"]


@dataclass(frozen=True)
class Run:
    """A training that is over.

    `ended` says why (`"epochs"`, `"early_stopping"` …), `test` what the final weights reach on the
    test part, where there is one; `already` is true where nothing was left to do. `samples` counts
    those of each part, `taken` lists what became of each array of a network that training started
    from.
    """

    network: SequentialNetwork
    history: list[dict[str, Any]]
    folder: Path
    test: dict[str, Any] | None = None
    ended: str = "epochs"
    already: bool = False
    samples: dict[str, int] = field(default_factory=dict)
    taken: list[tuple[str, str]] = field(default_factory=list)
