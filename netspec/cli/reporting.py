"""How a command ends: what went wrong as lines on standard error, and the exit code."""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import click

from netspec.cli.options import DEBUG
from netspec.cli.output import draw, say_error
from netspec.errors import Fault, LimitError, NetspecError, NetspecWarning

__all__ = ["report", "reporting"]


@contextmanager
def reporting(ctx: click.Context) -> Iterator[None]:
    """Turn what leaves a command into its exit code, after saying it in a line.

    A closed pipe is the reader's wish, and ends quietly.
    """
    with warnings.catch_warnings():
        warnings.showwarning = _warning
        try:
            yield
            if sys.stdout is not None:
                sys.stdout.flush()
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except KeyboardInterrupt as interruption:
            say_error("netspec: interrupted")
            code = 128 + getattr(interruption, "signal", signal.SIGINT)
        except Exception as error:
            code = _code(error)
        else:
            return
    ctx.exit(code)


def report(error: NetspecError) -> None:
    """Each fault in a line, and beneath it where it stands, if it stands anywhere."""
    _trace(error)
    for fault in error.faults:
        _say(fault)


def _say(fault: Fault) -> None:
    say_error(f"netspec: error: {fault}")
    if fault.place is not None and fault.place.text:
        draw(fault.place.drawing())


def _code(error: Exception) -> int:
    if isinstance(error, OSError) and error.errno == errno.EPIPE:
        _silence()
        return 0
    if isinstance(error, MemoryError):
        _trace(error)
        error = LimitError("the memory is not enough", "use a smaller network, batch or chunk")
    if isinstance(error, NetspecError):
        report(error)
        return error.exit_code
    from netspec.registry import blamed

    if broken := blamed(error):
        report(broken)
        return broken.exit_code
    say_error(f"netspec: error: this is a defect of netspec: {type(error).__name__}: {error}")
    if not _trace(error):
        say_error("netspec: --debug shows where it happened; please report it with that")
    return 1


def _trace(error: Exception) -> bool:
    """Show the traceback, if that is wanted."""
    wanted = bool(click.get_current_context().meta.get(DEBUG))
    if wanted:
        draw("".join(traceback.format_exception(error)).rstrip("\n"))
    return wanted


def _silence() -> None:
    """Send what is still buffered nowhere, so that nothing fails again at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    kind = "" if issubclass(category, NetspecWarning) else f"{category.__name__}: "
    say_error(f"netspec: warning: {kind}{message}")
