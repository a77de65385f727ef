"""Runs: a training with a folder, that survives being killed."""

from .run import Run
from .running import Interrupted, train

__all__ = ["Interrupted", "Run", "train"]
