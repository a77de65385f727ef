"""`netspec predict`: give a model inputs and print its outputs."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netspec.cli.options import data, debug
from netspec.cli.output import ascii_json, say

if TYPE_CHECKING:
    from netspec.arrays import Array
    from netspec.network import SequentialNetwork

__all__ = ["command", "decided_classes"]

_BLOCK = 1024
_Names = list[str] | None


@click.command("predict")
@click.argument("model")
@click.argument("inputs", metavar="INPUT")
@click.option("--out", metavar="FILE", help="Write .npy, .npz, .jsonl, .json or .csv instead.")
@data
@click.option("--chunk", type=click.IntRange(min=1), help="How many samples pass at once.")
@debug
def command(model: str, inputs: str, out: str | None, data: str | None, chunk: int | None) -> None:
    """Print what MODEL answers to each sample of INPUT: one JSON object a line.

    INPUT is .npy, .npz, .json, .jsonl, what the model's dataset has rules for, as a .csv or a
    picture, or - for JSON on standard input. Where the classes have names, the answer names its class.
    """
    write = None if out is None else _writer(Path(out))
    from netspec.cli.datasets import inputs_of
    from netspec.storage import open_model

    saved = open_model(model)
    y = saved.network.predict(inputs_of(saved, inputs, data), chunk=chunk)
    names = decided_classes(saved.network, y)
    if write is None or out is None:
        for block in _lines(y, names):
            say(ascii_json(block.rstrip("\n")))
        return
    from netspec.files import write_file

    write_file(Path(out), write(y, names))


def decided_classes(network: SequentialNetwork, y: Array) -> _Names:
    """The name of the class that each output decides for, where classes have names.

    The largest value decides; a single value is the second of two classes above one half, or above
    0 where it is a logit.
    """
    names = network.classes
    if network.output_shape == (1,) and len(names) == 2:
        threshold = 0.0 if getattr(network.loss, "logits", False) else 0.5
        return [names[int(value > threshold)] for value in y[:, 0]]
    if names and network.output_shape == (len(names),):
        return [names[at] for at in y.argmax(axis=1)]
    return None


def _lines(y: Array, names: _Names) -> Iterator[str]:
    """One JSON object a line, in blocks."""
    import orjson

    option = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE
    for start in range(0, len(y), _BLOCK):
        lines = []
        for at in range(start, min(start + _BLOCK, len(y))):
            answer: dict[str, Any] = {"output": _row(y, at)}
            if names is not None:
                answer["class"] = names[at]
            lines.append(orjson.dumps(answer, option=option))
        yield b"".join(lines).decode()


def _row(y: Array, at: int) -> Any:
    import numpy as np

    return np.ascontiguousarray(y[at])


def _writer(path: Path) -> Callable[[Array, _Names], bytes]:
    """What makes the file of this suffix."""
    writers = {".npy": _npy, ".npz": _npz, ".jsonl": _jsonl, ".json": _json, ".csv": _csv}
    try:
        return writers[path.suffix.lower()]
    except KeyError:
        raise click.BadParameter(
            f"the suffix of {path.name} must be one of {', '.join(writers)}", param_hint="--out"
        ) from None


def _npy(y: Array, names: _Names) -> bytes:
    import numpy as np

    file = io.BytesIO()
    np.save(file, y)
    return file.getvalue()


def _npz(y: Array, names: _Names) -> bytes:
    import numpy as np

    file = io.BytesIO()
    arrays = {"output": y} if names is None else {"output": y, "class": np.asarray(names)}
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _jsonl(y: Array, names: _Names) -> bytes:
    return "".join(_lines(y, names)).encode()


def _json(y: Array, names: _Names) -> bytes:
    lines = "".join(_lines(y, names)).splitlines()
    return ("[" + ",\n ".join(lines) + "]\n").encode()


def _csv(y: Array, names: _Names) -> bytes:
    """A column for each value of an output, counted through, then the class."""
    import csv
    from math import prod

    flat = y.reshape(len(y), prod(y.shape[1:]))
    header = [f"output_{at}" for at in range(flat.shape[1])]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header if names is None else [*header, "class"])
    for at, row in enumerate(flat):
        writer.writerow([*map(str, row), *([] if names is None else [names[at]])])
    return text.getvalue().encode()
