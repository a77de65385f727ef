"""Sequences to be read backwards: a task made by a formula."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Data, Dataset, Part

__all__ = ["ReversedSequences"]


class ReversedSequences(Dataset):
    """Random sequences of integers `(length,)`, and as targets the same from last to first.

    Every symbol, 0 to `symbols` − 1, is drawn evenly and by itself. The samples follow from `seed`
    alone: the same everywhere, at every opening. Where there are few different sequences
    (`symbols` to the power of `length`), the test part repeats some of the training part.
    """

    formula: ClassVar[str] = "y[t] = x[length − 1 − t]"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"train": 20, "test": 10},)

    type: Literal["reversed_sequences"] = "reversed_sequences"
    length: int = Field(default=12, gt=0, description="the number of positions")
    symbols: int = Field(default=10, gt=1, description="how many different integers there are")
    train: int = Field(default=10_000, gt=0, description="the samples of the training part")
    test: int = Field(default=2_000, gt=0, description="the samples of the test part")
    seed: int = Field(default=1, ge=0, description="what all samples follow from")

    def parts(self) -> tuple[str, ...]:
        return ("train", "test")

    def describe(self) -> str:
        return (
            f"sequences of {self.length} integers below {self.symbols} to be reversed: "
            f"{self.train} to train, {self.test} to test"
        )

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        return Data(train=self._part(0, self.train), test=self._part(1, self.test))

    def _part(self, address: int, samples: int) -> Part:
        rng = np.random.default_rng((self.seed, address))
        x = rng.integers(0, self.symbols, (samples, self.length), np.int64)
        return Part(x, x[:, ::-1].copy())
