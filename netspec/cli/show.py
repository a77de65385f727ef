"""`netspec show`: the layers of a spec or a model, and what is known of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os.path import isdir
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netspec.cli.opening import open_leniently
from netspec.cli.options import as_json, debug, parse_settings, settings
from netspec.cli.output import amount, called, curve, numbers, result, say, shape, table
from netspec.cli.progress import measures
from netspec.errors import printable

if TYPE_CHECKING:
    from netspec.model import ModelSpec
    from netspec.summary import LayerSummary, Summary

__all__ = ["command"]


@click.command("show")
@click.argument("target", metavar="SPEC|MODEL")
@settings
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "mermaid", "dot"]),
    default="table",
    help="A table, or a graph in the language of Mermaid or of Graphviz.",
)
@as_json
@debug
def command(target: str, settings: tuple[str, ...], form: str, as_json: bool) -> None:
    """Show layers, output shapes, parameters, memory and operations; of a model its origin too.

    Neither data nor weights are opened. Where a plugin is missing, its layer and what comes behind
    it have no shape.
    """
    if as_json and form != "table":
        raise click.UsageError("--format and --json exclude each other")
    from netspec.cli import graphs
    from netspec.runs import read_history
    from netspec.summary import summarize

    path = Path(target)
    spec = open_leniently(target, parse_settings(settings))
    summary = summarize(spec)
    history: Sequence[dict[str, Any]] = []
    if spec.weights is not None and target != "-":
        history = read_history(path if isdir(path) else path.parent)
    if as_json:
        result(_document(summary, history))
    elif form == "table":
        _say(summary, history)
    else:
        say(graphs.mermaid(summary) if form == "mermaid" else graphs.dot(summary))


def _document(summary: Summary, history: Sequence[dict[str, Any]]) -> dict[str, Any]:
    spec = summary.spec
    activations = summary.total("activations")
    return {
        "name": spec.name,
        "description": spec.description,
        "input_shape": spec.input_shape,
        "output_shape": summary.output_shape,
        "dtype": spec.dtype,
        "layers": [vars(layer) for layer in summary.layers],
        "parameters": summary.total("parameters"),
        "trainable": summary.total("trainable"),
        "memory": {
            "parameters": summary.total("memory"),
            "optimizer": summary.optimizer_memory,
            "activations": None if activations is None else activations * summary.batch_size,
            "batch_size": summary.batch_size,
        },
        "flops": {key: summary.total(key) for key in ("forward", "backward")},
        "loss": spec.loss.document() if spec.loss is not None else None,
        "training": spec.training.document() if spec.training is not None else None,
        "fingerprint": summary.fingerprint,
        "classes": spec.classes,
        "provenance": spec.provenance,
        "trained": spec.trained,
        "history": history,
    }


def _say(summary: Summary, history: Sequence[dict[str, Any]]) -> None:
    spec = summary.spec
    for text in filter(None, (spec.name, spec.description)):
        for line in text.splitlines():
            say(printable(line))
    cells = [("layer", "type", "output shape", "parameters", "FLOPs")]
    cells.append(("input", spec.input_dtype or spec.dtype, shape(spec.input_shape), "", ""))
    cells += map(_row, summary.layers)
    total = summary.total("parameters")
    flops = summary.total("forward")
    cells.append(("total", "", "", _count(total, "?"), _count(flops, "-")))
    say(table(cells, right=(3, 4)))
    trainable = summary.total("trainable")
    if trainable != total:
        say(f"{trainable:,} of the parameters are trained")
    facts = [
        *_needs(summary),
        *_training(spec),
        *_fingerprint(summary),
        *_origin(spec),
        *_history(spec.trained or {}, history),
    ]
    if facts:
        say()
        say(table(facts))


def _row(layer: LayerSummary) -> tuple[str, str, str, str, str]:
    name = "  " * layer.path.count(".") + layer.path
    if layer.output_shape is None:
        return name, layer.type, "?", "?", "-"
    parameters = _count(layer.parameters, "?") if layer.parameters else ""
    flops = "" if layer.forward == 0 else _count(layer.forward, "-")
    return name, layer.type, shape(layer.output_shape), parameters, flops


def _count(number: int | None, unknown: str) -> str:
    return unknown if number is None else f"{number:,}"


def _needs(summary: Summary) -> list[tuple[str, str]]:
    """What the network needs: the memory of a training, and the operations for a sample."""
    parts = []
    memory, activations = summary.total("memory"), summary.total("activations")
    if memory is not None and activations is not None:
        parts.append(f"{amount(memory, 'B')} parameters")
        if (slots := summary.optimizer_memory) is not None:
            parts.append(f"{amount(slots, 'B')} optimizer")
        batch = amount(activations * summary.batch_size, "B")
        parts.append(f"{batch} activations of a batch of {summary.batch_size}")
    forward, backward = summary.total("forward"), summary.total("backward")
    facts = [("memory", ", ".join(parts))] if parts else []
    if forward is not None and backward is not None:
        words = f"{amount(forward, 'FLOP')} forward, {amount(backward, 'FLOP')} backward a sample"
        facts.append(("compute", words))
    return facts


def _training(spec: ModelSpec) -> list[tuple[str, str]]:
    facts = [] if spec.loss is None else [("loss", called(spec.loss))]
    if (training := spec.training) is not None:
        facts.append(("data", training.data.describe()))
        facts.append(("optimizer", training.optimizer.type))
        facts.append(("epochs", f"{training.epochs}, in batches of {training.batch_size}"))
    return facts


def _fingerprint(summary: Summary) -> list[tuple[str, str]]:
    digests = summary.fingerprint or {}
    words = ", ".join(f"{name} {digest[:16]}" for name, digest in digests.items())
    return [("fingerprint", words)] if words else []


def _origin(spec: ModelSpec) -> list[tuple[str, str]]:
    """Where the model comes from."""
    known: Mapping[str, Any] = spec.provenance or {}
    facts = []
    if "netspec" in known:
        plugins = known.get("plugins") or {}
        made = [f"netspec {known['netspec']}", *map(str, plugins)]
        facts.append(("made with", ", ".join(made)))
    if bits := known.get("bits"):
        facts.append(("bits key", ", ".join(f"{key} {value}" for key, value in bits.items())))
    for key, name in (("seed", "seed"), ("data", "data digest"), ("from", "started from")):
        if key in known:
            facts.append((name, str(known[key])))
    return facts


def _history(
    trained: Mapping[str, Any], history: Sequence[dict[str, Any]]
) -> list[tuple[str, str]]:
    """How the training went, at a glance."""
    facts = []
    if trained:
        why = trained.get("ended") or "not finished"
        epochs, steps = trained.get("epochs", 0), trained.get("steps", 0)
        facts.append(("trained", f"{epochs} epochs, {steps} steps ({why})"))
    for key in ("loss", "val_loss"):
        values = [record[key] for record in history if isinstance(record.get(key), float)]
        if values:
            facts.append((key, f"{values[0]:.4g} {curve(values)} {values[-1]:.4g}"))
    if history:
        facts.append(("last epoch", numbers(measures(history[-1]))))
    if test := trained.get("test"):
        facts.append(("test", numbers(test)))
    return facts
