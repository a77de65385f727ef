"""`netspec reproduce`: train a model again, and compare the weights."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from netspec.cli.datasets import choose, root_of
from netspec.cli.options import as_json, data_root, debug
from netspec.cli.output import result, say
from netspec.cli.progress import progress
from netspec.errors import DataError, ModelError

if TYPE_CHECKING:
    from netspec.model import ModelSpec

__all__ = ["command"]


@click.command("reproduce")
@click.argument("model")
@data_root
@as_json
@debug
def command(model: str, data_root: str | None, as_json: bool) -> None:
    """Train again, from the spec, the data and the seed that MODEL records, in a temporary folder.

    With the same numpy, BLAS kernel and threads the weights must be the same to the bit; otherwise
    within the tolerance of `netspec verify`. Exit code 4 where they are not.
    """
    from netspec.provenance import data_digest
    from netspec.runs import train
    from netspec.storage import open_model
    from netspec.verify import compare, same_key

    saved = open_model(model)
    _check(saved.spec)
    known = saved.spec.provenance or {}
    root = root_of(model, data_root, None)
    data = choose(saved.spec, None).open(root)
    if data_digest(data) != known["data"]:
        raise DataError(
            "the data are not those that the model was trained on",
            "name the folder that holds them with --data-root",
        )
    with TemporaryDirectory(prefix="netspec-") as folder, progress() as listener:
        again = train(
            saved.spec, out=Path(folder) / "run", data_root=root, listener=listener
        ).network
        ours, theirs = (
            {**network.params(), **network.state()} for network in (again, saved.network)
        )
        agreement = compare(ours, theirs, exact=same_key(known))
    if as_json:
        result({**vars(agreement), "holds": agreement.holds})
    else:
        say(f"{model}: {agreement}")
    if not agreement.holds:
        raise ModelError(
            f"trained again, the weights differ: {agreement}",
            f"the model was made with netspec {known.get('netspec', '?')}, {known.get('plugins')}",
        )


def _check(spec: ModelSpec) -> None:
    """Raise ModelError where there is nothing to train again, saying why."""
    known = spec.provenance or {}
    if spec.training is None or "data" not in known:
        raise _refused("it was not made by netspec train", "train it with netspec train")
    if spec.training.data.type == "arrays":
        raise _refused("it was trained on arrays that Python handed over", "train it in Python")
    if "from" in known:
        raise _refused("it started from another model's weights (--from)", "train with that --from")
    if not (spec.trained or {}).get("ended"):
        raise _refused("its training is not finished", "go on with netspec train --resume")


def _refused(why: str, right: str) -> ModelError:
    return ModelError(f"the model cannot be reproduced: {why}", right)
