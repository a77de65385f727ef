"""`netspec`: a group of commands, each of which is loaded when it is called.

Help lists them from a table; no command's module is imported for it, no plugin, no numpy.
"""

from __future__ import annotations

import atexit
import gc
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from netspec.cli.options import debug
from netspec.cli.output import tolerate
from netspec.cli.plugged import Plugged, plugged
from netspec.cli.reporting import reporting
from netspec.errors import nearest, quote

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["COMMANDS", "Program", "main", "program"]

COMMANDS = {
    "train": "Train a spec in a folder of its own.",
    "evaluate": "Judge a model on data that it was not trained on.",
    "predict": "Give a model inputs and print its outputs.",
    "validate": "Check specs without training them.",
    "show": "Show the layers of a spec or a model.",
    "diff": "Compare two specs or models by meaning.",
    "fmt": "Rewrite specs into the canonical form.",
    "migrate": "Bring older specs and models to today's format.",
    "schema": "Write the JSON Schema of this installation.",
    "plugins": "List what is installed, or explain a type.",
    "check": "Prove that a plugin keeps its promises.",
    "new": "Begin a plugin or a spec.",
    "explain": "Follow one sample through a model and back.",
    "verify": "Ask a model again what it was asked when it was saved.",
    "reproduce": "Train a model again and compare the weights.",
    "freeze": "Print the versions that a model was made with.",
}
"""The commands of netspec and their short help; each is `netspec.cli.<name>:command`."""


class Program(click.Group):
    """The commands of netspec, then those of plugins, by their names."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        tolerate(sys.stdout, sys.stderr)
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with reporting(ctx):
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS, *(found.name for found in self._plugged())]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in COMMANDS:
            command: click.Command = import_module(f"netspec.cli.{name}").command
            return command
        found = next((each for each in self._plugged() if each.name == name), None)
        return found.load() if found else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = str(args[0])
        wanted = not name.startswith("-") and not ctx.resilient_parsing
        if wanted and name not in COMMANDS and name not in (known := self.list_commands(ctx)):
            raise click.UsageError(f"unknown command {quote(name)}; {nearest(name, known)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        if others := self._plugged():
            with formatter.section("Commands of plugins"):
                formatter.write_dl([(each.name, each.help) for each in others])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        rows = {**COMMANDS, **{each.name: each.help for each in self._plugged()}}
        names = [
            CompletionItem(name, help=text)
            for name, text in rows.items()
            if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def _plugged(self) -> list[Plugged]:
        return [each for each in plugged() if each.name not in COMMANDS]


@click.command(
    name="netspec",
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 3 spec, 4 model, 5 data, 6 plugin, 7 training diverged, 8 disk or lock, "
    "9 over a limit, 2 usage, 1 a defect of netspec.",
)
@click.version_option(package_name="netspec-nn", prog_name="netspec")
@debug
def program() -> None:
    """A neural network is a document: check it, train it, use it."""


def main() -> None:
    """The command `netspec`."""
    # A process that ends need not search all that it holds for cycles once more.
    atexit.register(gc.freeze)
    program(prog_name="netspec")
