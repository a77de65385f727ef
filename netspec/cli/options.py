"""Options that several commands have, each written once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from netspec.reading import Setting

__all__ = ["DEBUG", "as_json", "data", "data_root", "debug", "parse_settings", "settings"]

_F = TypeVar("_F", bound=Callable[..., Any])
_Decorator = Callable[[_F], _F]

DEBUG = "netspec.debug"
"""Where a context keeps whether tracebacks are wanted; contexts share it with their parents."""


def _remember(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.meta[DEBUG] = True


debug: _Decorator[Any] = click.option(
    "--debug",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_remember,
    help="Show the traceback of an error.",
)
as_json: _Decorator[Any] = click.option(
    "--json", "as_json", is_flag=True, help="Print the result as one JSON object."
)
data_root: _Decorator[Any] = click.option(
    "--data-root", metavar="DIR", help="The folder where the data's paths start."
)
data: _Decorator[Any] = click.option(
    "--data", metavar="JSON", help="Another dataset: its type, or a JSON object."
)
settings: _Decorator[Any] = click.option(
    "--set",
    "settings",
    metavar="PATH=VALUE",
    multiple=True,
    help="Replace a value of the spec, as in --set training.epochs=3. May be repeated.",
)


def parse_settings(written: Sequence[str]) -> list[Setting]:
    """What `--set` was given. One that does not say PATH=VALUE is wrong usage."""
    from netspec.errors import SpecError
    from netspec.reading import Setting

    try:
        return [Setting.parse(text) for text in written]
    except SpecError:
        raise
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--set") from None
