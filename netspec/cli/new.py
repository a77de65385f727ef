"""`netspec new`: begin a plugin or a spec."""

from __future__ import annotations

import sys
from collections.abc import Callable
from os.path import exists
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netspec.cli.options import debug
from netspec.cli.output import say, say_error
from netspec.errors import DataError, SaveError, SpecError, printable, quote

if TYPE_CHECKING:
    from netspec.kinds import Data

__all__ = ["command"]

_KINDS = (
    "layer",
    "activation",
    "loss",
    "initializer",
    "regularizer",
    "optimizer",
    "schedule",
    "metric",
    "dataset",
    "callback",
)


@click.group("new")
@debug
def command() -> None:
    """Begin a plugin or a spec."""


def _kinds(function: Callable[..., None]) -> Callable[..., None]:
    for kind in reversed(_KINDS):
        function = click.option(f"--{kind}", is_flag=True, help=f"With a component: {kind}.")(
            function
        )
    return function


@command.command("plugin")
@click.argument("name", metavar="NAME")
@_kinds
@click.option("--out", metavar="DIR", help="The folder to write; by default netspec-NAME.")
@debug
def _plugin(name: str, out: str | None, **chosen: bool) -> None:
    """Write the package of a plugin, with one component of each kind asked for (else a layer).

    Its tests pass as it is: change the component, and they tell whether it is still right.
    """
    from netspec.registry import OWN, Registry
    from netspec.scaffold import Names, package, write_folder

    kinds = [kind for kind in _KINDS if chosen[kind]] or ["layer"]
    try:
        names = Names(name)
    except SpecError as error:
        raise click.UsageError(str(error)) from None
    # Layers and activations share one namespace.
    taken = {("layer" if k == "activation" else k, names.type(k, kinds)) for k in kinds}
    for offer in Registry.installed().offers():
        if offer.origin.distribution == OWN and (offer.namespace, offer.type) in taken:
            raise click.UsageError(
                f"the {offer.kind} {quote(offer.type)} is netspec's own; choose another name"
            )
    folder = Path(out if out is not None else names.distribution)
    texts = package(names, kinds)
    write_folder(folder, texts)
    for path in texts:
        say(str(folder / path))
    say(f'\nnext: cd {folder} && pip install -e ".[test]" && pytest')


@command.command("spec")
@click.argument("name", metavar="NAME")
@click.option("--data", metavar="DATA", help="A CSV or npz file, a dataset's type, or JSON.")
@click.option("--target", metavar="COLUMN", help="The column of a CSV file that is predicted.")
@click.option("--task", type=click.Choice(["class", "yes-no", "number"]), help="What is predicted.")
@click.option("--input-shape", metavar="SIZES", help="The shape of one sample, as in 28,28,1.")
@click.option("--outputs", type=click.IntRange(1), help="How many classes, or numbers.")
@click.option("--hidden", metavar="SIZES", help="Units of the hidden layers, as in 64,32.")
@click.option("--activation", metavar="TYPE", default="relu", help="That of the hidden layers.")
@click.option("--epochs", type=click.IntRange(0), default=10, help="By default 10.")
@click.option("--out", metavar="FILE", help="By default NAME.json.")
@debug
def _spec(
    name: str,
    data: str | None,
    target: str | None,
    task: str | None,
    input_shape: str | None,
    outputs: int | None,
    hidden: str | None,
    activation: str,
    epochs: int,
    out: str | None,
) -> None:
    """Write a first spec, made to fit its data.

    Where the data can be opened, shape and outputs come from them, and what is written is checked
    against them. What is still missing is asked for on a terminal. Paths of data start in the folder
    of the spec.
    """
    from netspec.files import write_file
    from netspec.scaffold import Wishes, first_spec, is_task, seen

    path = Path(out if out is not None else f"{name}.json")
    if exists(path):
        raise SaveError(f"{quote(path)} is there already", "name another file with --out")
    source = _asked("--data", data, "Data: a CSV or npz file, a dataset's type, or JSON")
    written = _dataset(source, target, task)
    complete = bool(task and input_shape and (outputs or task == "yes-no"))
    found = _open(written, path.parent, complete)
    known = (None, (), 0) if found is None else seen(found)
    if task is None and found is not None:
        _say_inferred(target, found)
    task = task or known[0] or _asked("--task", None, "Is a class, yes-no or a number predicted?")
    if not is_task(task):
        raise click.UsageError(f"{quote(task)} is none of class, yes-no, number")
    shape = _sizes(input_shape) or known[1] or _sizes(_asked("--input-shape", None, "Input shape"))
    count = 1 if task == "yes-no" else outputs or known[2]
    count = count or int(_asked("--outputs", None, "How many outputs?", kind=click.IntRange(1)))
    if task == "yes-no" and known[2] > 2 and found is not None and found.classes:
        raise click.UsageError(f"a question of yes or no has two answers, the data have {known[2]}")
    units = _sizes(_asked("--hidden", hidden, "Units of the hidden layers", "32"))
    text = first_spec(Wishes(name, written, task, shape, count, units, activation, epochs), found)
    write_file(path, text.encode())
    say(f"{path}\n\nnext: netspec train {path}")


def _on_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _asked(
    option: str,
    value: str | None,
    question: str,
    default: str | None = None,
    kind: click.IntRange | None = None,
) -> str:
    """What was said, or is answered on a terminal, or else the default."""
    if value is not None:
        return value
    if _on_terminal():
        return str(click.prompt(question, default=default, type=kind, err=True))
    if default is None:
        raise click.UsageError(f"{option} is missing (on a terminal it would be asked for)")
    return default


def _dataset(source: str, target: str | None, task: str | None) -> Any:
    """The dataset as a document writes it."""
    if source.lstrip().startswith("{"):
        from netspec.document import parse

        return parse(source, "--data").value
    suffix = Path(source).suffix
    if suffix not in (".csv", ".npz"):
        return source
    written = {"type": suffix[1:], "path": source}
    if suffix == ".csv":
        written["target"] = _asked("--target", target, "Which column is predicted?")
    if task == "number":
        written["target_kind"] = "number"
    return written


def _open(written: Any, root: Path, complete: bool) -> Data | None:
    """The data, or a warning why not: they need not be there yet, where all else is said.

    Raises DataError where they are needed, and nobody can be asked.
    """
    from netspec.scaffold import open_data

    try:
        return open_data(written, root)
    except DataError as error:
        if not complete and not _on_terminal():
            raise
        for fault in error.faults:
            say_error(f"netspec: warning: {fault}")
        return None


def _say_inferred(target: str | None, data: Data) -> None:
    """Say that numbers are taken as classes, which may not be meant."""
    if target is not None and data.classes and all(name.isdecimal() for name in data.classes):
        numbers = f"{target}: {len(data.classes)} whole numbers, taken as classes"
        say_error(f"netspec: {printable(numbers)}; --task number takes them as numbers")


def _sizes(text: str | None) -> tuple[int, ...]:
    """`64,32` as numbers."""
    try:
        sizes = tuple(int(size) for size in (text or "").split(",") if size.strip())
    except ValueError:
        sizes = (0,)
    if any(size < 1 for size in sizes):
        raise click.UsageError(f"{quote(text)} is no list of whole numbers above 0, as 64,32 is")
    return sizes
