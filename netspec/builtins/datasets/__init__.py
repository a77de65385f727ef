"""The datasets that come with netspec: one file each."""

from .arrays import Arrays
from .csv import CSV
from .idx import IDX, read_idx
from .npz import NPZ

__all__ = ["CSV", "IDX", "NPZ", "Arrays", "read_idx"]
