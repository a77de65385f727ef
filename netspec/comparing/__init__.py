"""Two specs or models compared by meaning: along the chain, value by value, array by array."""

from netspec.comparing.alignment import align
from netspec.comparing.arrays import ArrayChange, compare_arrays
from netspec.comparing.changes import ABSENT, Change, changes
from netspec.comparing.specs import Comparison, LayerChange, compare

__all__ = [
    "ABSENT",
    "ArrayChange",
    "Change",
    "Comparison",
    "LayerChange",
    "align",
    "changes",
    "compare",
    "compare_arrays",
]
