"""The checkpoint: all that an exact resume needs, committed in one rename."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from netspec.arrays import Array
from netspec.bundle import Stored, encoded, read_arrays, write_bundle
from netspec.errors import ModelError, SpecError, quote
from netspec.files import read_file, saving, write_file
from netspec.packing import pack, unpack
from netspec.training import Training

__all__ = [
    "CHECKPOINT",
    "Checkpoint",
    "capture",
    "check_same",
    "exists",
    "finish",
    "read",
    "recorded_root",
    "restore",
    "write",
]

CHECKPOINT = "checkpoint"
_RUN = "run.json"
_ARRAYS = "arrays"
_MOST = 2**40


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
    return (folder / CHECKPOINT / _RUN).exists()


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
    arrays = checkpoint.arrays
    network = training.network
    try:
        for path, array in {**network.params(), **network.state()}.items():
            array[...] = arrays[f"network/{path}"]
        slots = {path: arrays[f"slots/{path}"] for path in training.updater.slots()}
        training.updater.restore(slots)
        training.take_state({k: unpack(v, arrays) for k, v in checkpoint.values.items()})
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise ModelError(
            f"the checkpoint does not fit the network: {error}", "train afresh with --overwrite"
        ) from None


def write(folder: Path, training: Training, facts: Mapping[str, Any]) -> None:
    """Write a checkpoint; whatever moment this is killed at, the old one or the new one is there."""
    values, arrays = capture(training)
    target = folder / CHECKPOINT
    with saving(target):
        target.mkdir(exist_ok=True)

    def document(stored: Stored) -> Mapping[str, Any]:
        return {**facts, "values": values, "arrays": stored._asdict()}

    write_bundle(target / _RUN, _ARRAYS, arrays, document)


def finish(folder: Path, ended: str) -> None:
    """Mark the run of the last checkpoint as over."""
    path = folder / CHECKPOINT / _RUN
    document = orjson.loads(read_file(path, _MOST, path.parent))
    write_file(path, encoded({**document, "ended": ended}))


def read(folder: Path) -> Checkpoint:
    """The checkpoint of a run folder. Raises ModelError where it is damaged."""
    home = folder / CHECKPOINT
    path = home / _RUN
    try:
        document = orjson.loads(read_file(path, _MOST, home))
        sha256 = document["arrays"]["sha256"]
        arrays = read_arrays(home, _ARRAYS, sha256, _MOST)
        return Checkpoint(document, document["values"], arrays)
    except FileNotFoundError as error:
        raise ModelError(
            f"{quote(error.filename or path)} is missing", "train afresh with --overwrite"
        ) from None
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise ModelError(
            f"{quote(path)} is damaged: {error}", "train afresh with --overwrite"
        ) from None


def recorded_root(folder: Path) -> Path | None:
    """Where the run found its data; None where the folder has no record of it."""
    path = folder / CHECKPOINT / _RUN
    try:
        root = orjson.loads(read_file(path, _MOST, path.parent))["data_root"]
    except FileNotFoundError:
        return None
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise ModelError(f"{quote(path)} is damaged: {error}") from None
    return Path(root) if isinstance(root, str) else None


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


def check_same(recorded: Mapping[str, Any], spec: Mapping[str, Any]) -> None:
    """Raise SpecError where a resumed run's spec differs in more than its epochs and its texts."""
    free = {("training", "epochs"), ("$schema",), ("description",)}
    changed = [path for path in _differences(recorded, spec) if path not in free]
    if changed:
        raise SpecError(
            "this is not what the run was started with",
            "--resume may change training.epochs alone; start a new run for anything else",
            path=changed[0],
        )
