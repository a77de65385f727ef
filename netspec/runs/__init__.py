"""Runs: a training with a folder, that survives being killed."""

from .checkpoint import recorded_root
from .history import read as read_history
from .parts import Parts, divide
from .run import Run
from .running import Interrupted, train

__all__ = ["Interrupted", "Parts", "Run", "divide", "read_history", "recorded_root", "train"]
