"""The checkpoint: all that an exact resume needs, committed in one rename."""

from __future__ import annotations

import os.path
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from netspec.arrays import Array, finite
from netspec.assemble import build
from netspec.bundle import Stored, clear, read_arrays, write_bundle
from netspec.errors import ModelError, NetspecError, SpecError, quote
from netspec.files import read_file, saving, write_file
from netspec.limits import Limits
from netspec.model import RESULTS, ModelSpec
from netspec.packing import pack, unpack
from netspec.provenance import components, versions_of
from netspec.reading import read_spec
from netspec.registry import Registry
from netspec.storage import CHECKPOINT, model_document
from netspec.training import Training

__all__ = [
    "Checkpoint",
    "capture",
    "exists",
    "finish",
    "going_on",
    "read",
    "record",
    "recorded_root",
    "recorded_spec",
    "restore",
    "write",
]

_RUN = "run.json"
_ARRAYS = "arrays"
_MOST_TEXT = 2**30
_MOST_ARRAYS = 2**40
_FACTS = ("spec", "data_root", "data", "from", "bits", "ended", "values", "arrays")


@dataclass(frozen=True)
class Checkpoint:
    """What was read back: the run's facts, the training's values, and the arrays."""

    facts: Mapping[str, Any]
    values: Mapping[str, Any]
    arrays: Mapping[str, Array]

    @property
    def ended(self) -> str:
        """Why the run was over when the checkpoint was written; empty where it was not."""
        return str(self.facts["ended"])


def exists(folder: Path) -> bool:
    """Whether the folder holds a checkpoint."""
    return os.path.exists(folder / CHECKPOINT / _RUN)


def capture(training: Training) -> tuple[dict[str, Any], dict[str, Array]]:
    """The training's values as JSON, and its arrays by name; views, not copies."""
    network = training.network
    arrays: dict[str, Array] = {
        f"network/{path}": array for path, array in {**network.params(), **network.state()}.items()
    }
    arrays.update({f"slots/{path}": array for path, array in training.updater.slots().items()})
    state = training.state()
    values = {key: pack(value, f"state/{key}", arrays) for key, value in state.items()}
    return values, arrays


def restore(training: Training, checkpoint: Checkpoint) -> None:
    """Bring a training that was made anew to where the checkpoint stands."""
    _, own = capture(training)
    arrays = checkpoint.arrays
    try:
        for name, array in own.items():
            if name.startswith("network/"):
                array[...] = _fitting(name, arrays[name], array)
                if not finite(array):
                    raise ValueError(f"{name} is not finite")
        slots = {path: f"slots/{path}" for path in training.updater.slots()}
        training.updater.restore(
            {path: _fitting(name, arrays[name], own[name]) for path, name in slots.items()}
        )
        values = {key: unpack(value, arrays) for key, value in checkpoint.values.items()}
        for key, value in training.state().items():
            if type(values[key]) is not type(value):
                raise TypeError(f"{key} is {values[key]}")
        training.take_state(values)
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(
            f"the checkpoint does not fit the network: {error}", "train afresh with --overwrite"
        ) from None


def _fitting(name: str, values: Array, array: Array) -> Array:
    """The values, where they have the shape and the dtype of the array."""
    if (values.shape, values.dtype) != (array.shape, array.dtype):
        raise ValueError(f"{name} is {values.shape} {values.dtype}")
    return values


def write(folder: Path, training: Training, facts: Mapping[str, Any], limits: Limits) -> None:
    """Write a checkpoint; whatever moment this is killed at, the old one or the new one is there."""
    values, arrays = capture(training)
    target = folder / CHECKPOINT
    with saving(target):
        target.mkdir(exist_ok=True)

    def document(stored: Stored) -> bytes:
        return _text({**facts, "values": values, "arrays": stored._asdict()})

    write_bundle(target / _RUN, _ARRAYS, arrays, document, _wider(limits))


def finish(folder: Path, ended: str) -> None:
    """Mark the run of the last checkpoint as over, and clear what killed processes left."""
    path = folder / CHECKPOINT / _RUN
    document = _document(folder)
    write_file(path, _text({**document, "ended": ended}))
    clear(path.parent, _ARRAYS, document["arrays"]["sha256"])


def read(folder: Path, limits: Limits) -> Checkpoint:
    """The checkpoint of a run folder. Raises ModelError where it is damaged."""
    home = folder / CHECKPOINT
    try:
        document = _document(folder)
        sha256 = document["arrays"]["sha256"]
        arrays = read_arrays(home, _ARRAYS, sha256, _MOST_ARRAYS, _wider(limits))
    except FileNotFoundError as error:
        raise ModelError(
            f"{quote(error.filename)} is missing", "train afresh with --overwrite"
        ) from None
    return Checkpoint(document, document["values"], arrays)


def _wider(limits: Limits) -> Limits:
    """The limits of a checkpoint whose network they let be saved: it names each parameter again for
    every slot, and for the weights that were gathered, averaged or offered."""
    return limits._replace(header_bytes=8 * limits.header_bytes)


def _text(document: Mapping[str, Any]) -> bytes:
    """JSON as orjson lays it out, a value a line: nobody edits it, and it is written every epoch."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _document(folder: Path) -> dict[str, Any]:
    """The document of a checkpoint. Raises FileNotFoundError, or ModelError where it is damaged."""
    path = folder / CHECKPOINT / _RUN
    try:
        document = orjson.loads(read_file(path, _MOST_TEXT, path.parent))
        missing = next((key for key in _FACTS if key not in document), None)
        if missing:
            raise ValueError(f"{quote(missing)} is missing")
        if not re.fullmatch("[0-9a-f]{64}", document["arrays"]["sha256"]):
            raise ValueError("the digest of its arrays is none")
        if type(document["spec"]["training"]["epochs"]) is not int:
            raise ValueError("its epochs are no number")
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{quote(path)} is damaged: {error}", "train afresh with --overwrite"
        ) from None
    found: dict[str, Any] = document
    return found


def recorded_root(folder: Path) -> Path | None:
    """Where the run found its data; None where the folder has no record of it."""
    try:
        root = _document(folder)["data_root"]
    except FileNotFoundError:
        return None
    return Path(root) if isinstance(root, str) and "\0" not in root else None


def recorded_spec(folder: Path, registry: Registry) -> ModelSpec | None:
    """The spec of the run; None where the folder has no record of it that can be read here."""
    try:
        return _started(_document(folder)["spec"], registry, Limits())
    except (FileNotFoundError, NetspecError):
        return None


def record(spec: ModelSpec, registry: Registry) -> dict[str, Any]:
    """The spec as checkpoints hold it: with all its defaults and the versions of its components,
    without what came of a training."""
    document = spec.document(True, registry.written)
    kept = {key: value for key, value in document.items() if key not in RESULTS}
    return {**kept, "provenance": {"versions": versions_of(components(spec), registry)}}


def _started(recorded: Mapping[str, Any], registry: Registry, limits: Limits) -> ModelSpec:
    """The spec that a run was started with, in today's versions; it records those that are not 1."""
    document = {**recorded, "provenance": recorded.get("provenance") or {}}
    try:
        return read_spec(document, registry=registry, limits=limits)
    except SpecError as error:
        what = "what the run was started with cannot be read"
        raise ModelError.of(
            fault._replace(what=f"{what}: {fault.what}") for fault in error.faults
        ) from None


def _differences(
    old: Any, new: Any, path: tuple[str | int, ...] = ()
) -> list[tuple[str | int, ...]]:
    """The paths at which two documents differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = sorted({*old, *new})
        return [p for k in keys for p in _differences(old.get(k), new.get(k), (*path, k))]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [p for i, (a, b) in pairs for p in _differences(a, b, (*path, i))]
    return [] if old == new else [path]


def going_on(
    recorded: Mapping[str, Any], spec: ModelSpec, registry: Registry, limits: Limits
) -> dict[str, Any]:
    """The record of a run, in today's versions, that goes on with the epochs of this spec.

    Raises SpecError where the spec differs in more than its epochs, its texts and its results.
    """
    started = _started(recorded, registry, limits)

    def said(each: ModelSpec) -> dict[str, Any]:
        if spec.weights is None:
            return record(each, registry)
        # A model names all its layers, which the spec of its run need not.
        return model_document(build(each, registry=registry, limits=limits, mode="dry"))

    free = {("training", "epochs"), ("$schema",), ("description",)}
    changed = [
        path
        for path in _differences(said(started), said(spec))
        if path not in free and path[0] not in RESULTS
    ]
    if changed:
        raise SpecError(
            "this is not what the run was started with",
            "--resume may change training.epochs alone; start a new run for anything else",
            path=changed[0],
        )
    document = record(started, registry)
    assert spec.training is not None
    return {**document, "training": {**document["training"], "epochs": spec.training.epochs}}
