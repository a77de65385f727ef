"""Numbers as people write them in tables: the digits 0 to 9, one decimal sign, no locale."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from netspec import Array

__all__ = ["Numerals"]
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:[., '’\u00a0\u202f][0-9]{3})+(?:[.,][0-9]+)?")


class Numerals:
    """Reads `1`, `-1.5`, `.5`, `+1e3`, with `decimal` for the point, and nothing else."""

    def __init__(self, decimal: str) -> None:
        self._decimal = decimal
        self._other = "," if decimal == "." else "."
        self._written = _grammar(decimal)

    def number(self, cell: str) -> float | None:
        """The finite number that the cell writes; None where it writes none."""
        if not self._written.fullmatch(cell):
            return None
        value = float(cell.replace(self._decimal, "."))
        return value if abs(value) != float("inf") else None

    def whole(self, cell: str) -> int | None:
        """The whole number from 0 that the cell writes, to its last digit; None where it is none."""
        value = self.number(cell)
        if value is None or value < 0 or value % 1:
            return None
        if value == 0:  # its exponent may be one that Decimal refuses
            return 0
        exact = Decimal(cell.replace(self._decimal, "."))
        return int(exact) if exact == exact.to_integral_value() else None

    def numbers(self, cells: Sequence[str]) -> Array:
        """float64, with NaN where a cell writes no finite number."""
        if not all(map(self._written.fullmatch, cells)):
            found = map(self.number, cells)
            return np.array([np.nan if value is None else value for value in found], np.float64)
        if self._decimal != ".":
            cells = [cell.replace(self._decimal, ".") for cell in cells]
        values = np.array(list(map(float, cells)), np.float64)
        values[np.isinf(values)] = np.nan
        return values

    def advice(self, cell: str) -> str:
        """What would read a cell that `number` does not; empty where nothing would."""
        if self._written.fullmatch(cell):
            return "the number is beyond what 64 bits hold"
        if _grammar(self._other).fullmatch(cell):
            return (
                f'"decimal": "{self._other}" reads it; if the sign separates thousands, '
                "take it out of the file"
            )
        if _THOUSANDS.fullmatch(cell):
            return "separators of thousands are not read: take them out of the file"
        return ""


def _grammar(decimal: str) -> re.Pattern[str]:
    point = re.escape(decimal)
    return re.compile(
        rf"[+-]?(?:[0-9]+(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII
    )
