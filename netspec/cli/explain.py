"""`netspec explain`: one sample's way through a model and back, with its numbers."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from netspec.cli.datasets import choose, inputs_of, root_of
from netspec.cli.options import as_json, data, data_root, debug
from netspec.cli.output import called, result, say
from netspec.cli.predict import decided_classes
from netspec.errors import DataError, nearest, quote

if TYPE_CHECKING:
    from netspec.arrays import Array
    from netspec.explain import Explanation, Passage
    from netspec.network import SequentialNetwork
    from netspec.storage import Saved

__all__ = ["command"]


@click.command("explain")
@click.argument("model")
@click.argument("inputs", metavar="[INPUT]", required=False)
@click.option("--target", metavar="T", help="What the answer should be: a class, or JSON.")
@click.option("--sample", type=click.IntRange(min=0), default=0, help="Which one, from 0.")
@click.option("--step", is_flag=True, help="Wait for a key after each layer; q ends.")
@data
@data_root
@as_json
@debug
def command(
    model: str,
    inputs: str | None,
    target: str | None,
    sample: int,
    step: bool,
    data: str | None,
    data_root: str | None,
    as_json: bool,
) -> None:
    """Follow one sample through MODEL, layer by layer, and back.

    Forward each layer says its formula, its input and its output; backward the delta that reaches it
    and the gradients of its parameters. Without INPUT it is a sample of the test part with its
    target; with INPUT, read as predict reads it, there is a way back only with --target.
    """
    from netspec.explain import explain
    from netspec.storage import open_model

    saved = open_model(model)
    truth: Any = None
    if inputs is not None:
        x, what = inputs_of(saved, inputs, data), inputs
    else:
        opened = choose(saved.spec, data).open(root_of(model, data_root, data))
        part = opened.test or opened.validation or opened.train
        x, what = part.inputs, "the data"
        truth = None if sample >= len(part) else part.targets[sample]
    if sample >= len(x):
        raise DataError(f"{quote(what)} has {len(x)} samples", "--sample counts from 0")
    if target is not None:
        truth = _target(target, saved.network.classes)
    explanation = explain(saved.network, x[sample : sample + 1][0], truth)
    if as_json:
        result(_document(explanation, saved))
        return
    for at, block in enumerate(_blocks(explanation, saved.network)):
        if at > 1 and step and not _goes_on():
            return
        say(block)


def _goes_on() -> bool:
    """Wait for a key, where there is a terminal; False where it is q or Ctrl-D."""
    if not _on_terminal():
        return True
    click.echo("any key goes on, q ends ", nl=False, err=True)
    try:
        return click.getchar() not in ("q", "Q")
    except EOFError:
        return False
    finally:
        click.echo(err=True)


def _on_terminal() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def _target(written: str, classes: tuple[str, ...]) -> Any:
    """A class by its name, in quotes or not, else JSON: an index, a number, or a list of numbers."""
    from netspec.document import parse

    if written in classes:
        return classes.index(written)
    value: Any = written
    if not written[:1].isalpha() or written in ("true", "false", "null"):
        value = parse(written.encode(errors="surrogateescape"), "--target").value
    if value in classes:
        return classes.index(value)
    if isinstance(value, str) and classes:
        raise click.BadParameter(
            f"no class {quote(value)}; {nearest(value, classes)}", param_hint="--target"
        )
    if isinstance(value, bool | str | dict) or value is None:
        raise click.BadParameter(
            "it is a class, a number or a list of numbers", param_hint="--target"
        )
    return value


# What people read.


def _blocks(explanation: Explanation, network: SequentialNetwork) -> Iterator[str]:
    """One piece of text a layer, forward, then the loss, then one a layer backward."""
    yield "in evaluation, as predict does: nothing is dropped and no noise is added\n"
    for passage in explanation.passages:
        yield _forward(passage)
    yield _answer(explanation.output, network)
    if explanation.target is None:
        return
    yield _loss(explanation)
    for passage in reversed(explanation.passages):
        if passage.delta is not None:
            yield _backward(passage)


def _forward(passage: Passage) -> str:
    layer = passage.layer
    values = {"x": passage.input, **_own(layer.params), "y": passage.output}
    return f"→ {_title(passage)}\n{_values(values)}\n"


def _backward(passage: Passage) -> str:
    values: dict[str, Array] = {}
    if passage.delta is not None:
        values["Δ = ∂L/∂y"] = passage.delta
    gradients = _own(passage.gradients or {})
    values |= {f"∂L/∂{name}": gradient for name, gradient in gradients.items()}
    if passage.input_delta is not None:
        values["∂L/∂x"] = passage.input_delta
    return f"← {_title(passage)}\n{_values(values)}\n"


def _answer(output: Array, network: SequentialNetwork) -> str:
    names = decided_classes(network, output[None])
    said = "" if names is None else f", class {quote(names[0])}"
    return f"= answer{said}\n{_values({'ŷ': output})}\n"


def _loss(explanation: Explanation) -> str:
    loss = explanation.loss
    assert loss is not None
    assert explanation.target is not None
    lines = [f"* loss {called(loss)}: {type(loss).formula}".rstrip(": ")]
    lines.append(_values({"y": explanation.target}))
    lines.append(f"    L = {explanation.value:.6g}")
    if explanation.absorbed is not None:
        name = explanation.absorbed.name
        lines.append(
            f"    {name} and the loss are one on the way back: Δ reaches what is before it"
        )
    return "\n".join(lines) + "\n"


def _title(passage: Passage) -> str:
    layer = passage.layer
    formula = f": {passage.formula}" if passage.formula else ""
    return f"{layer.path} ({layer.spec.type}){formula}"


def _own(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """A layer's own arrays: those of layers inside it are shown with them."""
    return {name: array for name, array in arrays.items() if "." not in name}


def _values(arrays: Mapping[str, Array]) -> str:
    """Names, shapes and numbers; of a wide array the first and the last ones."""
    import numpy as np

    width = max(map(len, arrays))
    lines = []
    for name, array in arrays.items():
        head = f"    {name:<{width}}  "
        numbers = np.array2string(
            np.asarray(array),
            threshold=24,
            edgeitems=3,
            max_line_width=100,
            formatter={"float_kind": lambda value: f"{value:8.4g}"},
            prefix=head,
        )
        lines.append(head + numbers + (_extent(array) if array.size > 24 else ""))
    return "\n".join(lines)


def _extent(array: Array) -> str:
    """The shape of a shortened array, and between which numbers it lies."""
    size = " × ".join(map(str, array.shape))
    return f"  ({size}, from {array.min():.4g} to {array.max():.4g})"


# What programs read.


def _document(explanation: Explanation, saved: Saved) -> dict[str, Any]:
    """The whole explanation, nothing shortened."""
    loss = explanation.loss
    return {
        "layers": [_passage(passage) for passage in explanation.passages],
        "output": explanation.output.tolist(),
        "classes": saved.network.classes,
        "target": None if explanation.target is None else explanation.target.tolist(),
        "loss": None
        if loss is None
        else {**loss.document(), "formula": type(loss).formula, "value": explanation.value},
        "absorbed": None if explanation.absorbed is None else explanation.absorbed.path,
    }


def _passage(passage: Passage) -> dict[str, Any]:
    layer = passage.layer
    return {
        "path": layer.path,
        "type": layer.spec.type,
        "formula": passage.formula,
        "input": passage.input.tolist(),
        "output": passage.output.tolist(),
        "parameters": {name: array.tolist() for name, array in _own(layer.params).items()},
        "delta": _list(passage.delta),
        "input_delta": _list(passage.input_delta),
        "gradients": {
            name: gradient.tolist() for name, gradient in _own(passage.gradients or {}).items()
        },
    }


def _list(array: Array | None) -> Any:
    return None if array is None else array.tolist()
