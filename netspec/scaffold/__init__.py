"""Beginnings: a package for a plugin, and a spec for a network, written for their author."""

from .package import USES, Names, package
from .specs import TASKS, Wishes, first_spec, is_task, open_data, seen
from .writing import write_folder

__all__ = [
    "TASKS",
    "USES",
    "Names",
    "Wishes",
    "first_spec",
    "is_task",
    "open_data",
    "package",
    "seen",
    "write_folder",
]
