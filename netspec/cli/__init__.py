"""The command line: one file a command, loaded when the command is called."""

from netspec.cli.entry import main, program

__all__ = ["main", "program"]
