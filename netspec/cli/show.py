"""`netspec show`: the layers of a spec or a model, and what is known of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netspec.cli.options import as_json, debug, parse_settings, settings
from netspec.cli.output import curve, numbers, result, say, say_error, shape, table
from netspec.cli.progress import measures
from netspec.errors import PluginError

if TYPE_CHECKING:
    from netspec.model import ModelSpec
    from netspec.network import SequentialNetwork

__all__ = ["command"]


@click.command("show")
@click.argument("target", metavar="SPEC|MODEL")
@settings
@as_json
@debug
def command(target: str, settings: tuple[str, ...], as_json: bool) -> None:
    """Show layers, output shapes and parameters; of a model also where it comes from.

    Neither data nor weights are opened.
    """
    from netspec.assemble import build
    from netspec.reading import read_spec
    from netspec.runs import read_history
    from netspec.storage import model_spec

    path = Path(target)
    chosen = parse_settings(settings)
    try:
        spec = model_spec(path) if path.is_dir() else read_spec(target, settings=chosen)
    except PluginError as error:
        _show_opaque(path, error, as_json)
        return
    network = build(spec, mode="dry")
    history: Sequence[dict[str, Any]] = []
    if spec.weights is not None and target != "-":
        history = read_history(path if path.is_dir() else path.parent)
    if as_json:
        result(_summary(spec, network, history))
    else:
        _say(spec, network, history)


@dataclass(frozen=True)
class _Row:
    """What is shown of a layer; `path` has dots for one inside another."""

    path: str
    type: str
    output_shape: tuple[int, ...]
    parameters: int
    trainable: int


def _rows(network: SequentialNetwork) -> list[_Row]:
    """Every layer, each before those inside it; what is inside counts there."""
    trained = network.trainable()
    rows = []
    for layer in network.walk():
        own = {key: array.size for key, array in layer.params.items() if "." not in key}
        trainable = sum(size for key, size in own.items() if f"{layer.path}.{key}" in trained)
        total = sum(own.values())
        rows.append(_Row(layer.path, layer.spec.type, layer.output_shape, total, trainable))
    return rows


def _show_opaque(path: Path, error: PluginError, as_json: bool) -> None:
    """Show what the document alone says of a model whose plugin is missing; else raise `error`."""
    from netspec.reading import read_document
    from netspec.storage import MODEL

    file = path / MODEL if path.is_dir() else path
    document = read_document(file).value if file.is_file() else {}
    weights, written = document.get("weights"), document.get("layers")
    if not isinstance(weights, dict) or not isinstance(written, list):
        raise error
    for fault in error.faults:
        say_error(f"netspec: warning: {fault}")
    named = [each if isinstance(each, dict) else {"type": each} for each in written]
    layers = [{key: str(each.get(key, "")) for key in ("name", "type")} for each in named]
    if as_json:
        names = ("name", "description", "input_shape", "provenance", "trained")
        facts = {key: document.get(key) for key in names}
        result({**facts, "layers": layers, "parameters": weights.get("parameters")})
        return
    say(table([("layer", "type"), *((each["name"], each["type"]) for each in layers)]))
    say(f"{weights.get('parameters')} parameters; shapes are not known without the plugin")


def _summary(
    spec: ModelSpec, network: SequentialNetwork, history: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    rows = _rows(network)
    return {
        "name": spec.name,
        "description": spec.description,
        "input_shape": network.input_shape,
        "output_shape": network.output_shape,
        "dtype": spec.dtype,
        "layers": [vars(row) for row in rows],
        "parameters": sum(row.parameters for row in rows),
        "trainable": sum(row.trainable for row in rows),
        "loss": spec.loss.document() if spec.loss is not None else None,
        "training": spec.training.document() if spec.training is not None else None,
        "classes": spec.classes,
        "provenance": spec.provenance,
        "trained": spec.trained,
        "history": history,
    }


def _say(spec: ModelSpec, network: SequentialNetwork, history: Sequence[dict[str, Any]]) -> None:
    for line in filter(None, (spec.name, spec.description)):
        say(line)
    rows = _rows(network)
    total, trainable = sum(r.parameters for r in rows), sum(r.trainable for r in rows)
    cells = [("layer", "type", "output shape", "parameters")]
    cells += [("input", spec.input_dtype or spec.dtype, shape(network.input_shape), "")]
    for row in rows:
        indent = "  " * row.path.count(".")
        count = f"{row.parameters:,}" if row.parameters else ""
        cells.append((indent + row.path, row.type, shape(row.output_shape), count))
    cells.append(("total", "", "", f"{total:,}"))
    say(table(cells, right=(3,)))
    if trainable != total:
        say(f"{trainable:,} of the parameters are trained")
    facts = [*_training(spec), *_origin(spec), *_history(spec.trained or {}, history)]
    if facts:
        say()
        say(table(facts))


def _training(spec: ModelSpec) -> list[tuple[str, str]]:
    facts = [] if spec.loss is None else [("loss", spec.loss.type)]
    if (training := spec.training) is not None:
        facts.append(("data", training.data.describe()))
        facts.append(("optimizer", training.optimizer.type))
        facts.append(("epochs", f"{training.epochs}, in batches of {training.batch_size}"))
    return facts


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
