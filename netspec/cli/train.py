"""`netspec train`: train a spec in a folder of its own."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from netspec.cli.options import as_json, data_root, debug, parse_settings, settings
from netspec.cli.output import numbers, result, say, say_error, table
from netspec.cli.progress import measures, progress

if TYPE_CHECKING:
    from netspec.runs import Run

__all__ = ["command"]


@click.command("train")
@click.argument("spec")
@click.option("--out", metavar="DIR", help="The run's folder; else the next free runs/NAME.")
@settings
@click.option("--resume", is_flag=True, help="Go on with the run in --out.")
@click.option("--overwrite", is_flag=True, help="Replace the run in --out.")
@click.option("--from", "start_from", metavar="MODEL", help="Start from a model's weights.")
@data_root
@as_json
@debug
def command(
    spec: str,
    out: str | None,
    settings: tuple[str, ...],
    resume: bool,
    overwrite: bool,
    start_from: str | None,
    data_root: str | None,
    as_json: bool,
) -> None:
    """Train SPEC, a JSON file, or - for standard input.

    Interrupted by Ctrl-C or SIGTERM, the batch ends, a checkpoint is written, and the line that
    goes on to the same bits is printed.
    """
    if resume and overwrite:
        raise click.UsageError("--resume and --overwrite exclude each other")
    if (resume or overwrite) and out is None:
        raise click.UsageError("--resume and --overwrite need to know the run: give --out DIR")
    from netspec.runs import Interrupted, train

    chosen = parse_settings(settings)
    try:
        with progress() as listener:
            run = train(
                spec,
                out=out,
                data_root=data_root,
                resume=resume,
                overwrite=overwrite,
                start_from=start_from,
                settings=chosen,
                listener=listener,
            )
    except Interrupted as interruption:
        say_error(f"netspec: interrupted; the checkpoint is in {interruption.folder}; go on with")
        say_error("    " + _resuming(spec, str(interruption.folder), settings, data_root, as_json))
        raise click.exceptions.Exit(128 + interruption.signal) from None
    if as_json:
        result(_summary(run))
    else:
        _say(run)


def _resuming(
    spec: str, folder: str, settings: tuple[str, ...], data_root: str | None, as_json: bool
) -> str:
    """The command that goes on with a run."""
    words = ["netspec", "train", spec, "--out", folder, "--resume"]
    for setting in settings:
        words += ["--set", setting]
    if data_root is not None:
        words += ["--data-root", data_root]
    if as_json:
        words.append("--json")
    return shlex.join(words)


def _summary(run: Run) -> dict[str, Any]:
    return {
        "folder": str(run.folder),
        "ended": run.ended,
        "already": run.already,
        "samples": run.samples,
        "epochs": run.network.epoch,
        "record": run.history[-1] if run.history else None,
        "dead": next((r["dead"] for r in run.history if "dead" in r), {}),
        "test": run.test,
        "taken": dict(run.taken),
    }


def _say(run: Run) -> None:
    if run.taken:
        say(table([("array", "from the model"), *run.taken]))
    epochs = f"{run.network.epoch} epochs" if run.network.epoch != 1 else "1 epoch"
    how = "finished already" if run.already else "trained"
    why = "" if run.ended == "epochs" else f", ended by {run.ended}"
    say(f"{run.folder}: {how}, {epochs}{why}")
    say(f"samples: {', '.join(f'{count:,} {part}' for part, count in run.samples.items())}")
    if run.history:
        say(f"last epoch: {numbers(measures(run.history[-1]))}")
    if run.test is not None:
        say(f"test: {numbers(run.test)}")
