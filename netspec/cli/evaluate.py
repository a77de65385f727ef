"""`netspec evaluate`: judge a model on data that it was not trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from netspec.cli.datasets import choose, root_of
from netspec.cli.options import as_json, data, data_root, debug
from netspec.cli.output import numbers, result, say
from netspec.errors import DataError

if TYPE_CHECKING:
    from netspec.kinds import Part
    from netspec.runs import Parts

__all__ = ["command"]


@click.command("evaluate")
@click.argument("model")
@click.option("--part", type=click.Choice(["train", "validation", "test"]), help="Which part.")
@data
@data_root
@as_json
@debug
def command(
    model: str, part: str | None, data: str | None, data_root: str | None, as_json: bool
) -> None:
    """Print the loss and the metrics of MODEL, a folder or its model.json.

    On the test part, where the data have one, else on the validation part. The parts are those of
    the training; data given with --data keep their own.
    """
    from netspec.runs import Parts, divide
    from netspec.storage import open_model

    saved = open_model(model)
    chosen = choose(saved.spec, data)
    opened = chosen.open(root_of(model, data_root, data))
    training = saved.spec.training
    if data is None and training is not None:
        parts = divide(opened, training, saved.spec.seed)
    else:
        parts = Parts(opened.train, opened.validation, opened.test)
    name, samples = _choose(parts, part)
    values = saved.network.evaluate(
        samples.inputs,
        samples.targets,
        weights=samples.weights,
        metrics=training.metrics if training is not None else (),
    )
    if as_json:
        result({"part": name, "samples": len(samples), "values": values})
    else:
        say(f"{name} ({len(samples):,} samples): {numbers(values)}")


def _choose(parts: Parts, wanted: str | None) -> tuple[str, Part]:
    known: dict[str, Part | None] = {
        "test": parts.test,
        "validation": parts.validation,
        "train": parts.train,
    }
    names = ["test", "validation"] if wanted is None else [wanted]
    for name in names:
        part = known[name]
        if part is not None:
            return name, part
    there = ", ".join(name for name, part in known.items() if part is not None)
    raise DataError(
        f"the data have no {' and no '.join(names)} part",
        f"choose with --part (there is: {there}), or name other data with --data",
    )
