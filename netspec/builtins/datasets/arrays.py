"""The dataset of arrays that Python hands over."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from netspec import Data, DataError, Dataset

__all__ = ["Arrays"]


class Arrays(Dataset):
    """Arrays that stand in no file: `train(spec, data=Data(train=Part(x, y)))` fills it."""

    type: Literal["arrays"] = "arrays"

    def describe(self) -> str:
        return "arrays that Python hands over"

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        """Always raises DataError: a document holds no arrays."""
        raise DataError(
            'the dataset "arrays" is empty until Python fills it',
            "call netspec.train(spec, data=Data(train=Part(x, y))), or name a dataset of files",
        )
