"""Models on disk: a folder with `model.json` and the weights file that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from os.path import isdir
from pathlib import Path
from typing import Any, NamedTuple

from .arrays import Array, finite
from .assemble import build
from .bundle import Stored, read_arrays, write_bundle
from .document import layout
from .errors import (
    Fault,
    JSONPath,
    ModelError,
    NetspecError,
    PluginError,
    SpecError,
    nearest,
    quote,
)
from .files import locked, read_file, saving
from .limits import Limits
from .model import FORMAT, ModelSpec
from .network import SequentialNetwork
from .probe import INPUT, OUTPUT, expected, probe
from .provenance import components, fingerprint, provenance
from .reading import Setting, read_spec
from .registry import Registry
from .sources import read_document
from .spec import Component

__all__ = [
    "CHECKPOINT",
    "MODEL",
    "Saved",
    "load",
    "model_document",
    "model_spec",
    "open_model",
    "save",
    "stored_arrays",
    "with_recorded",
    "write_model",
]

MODEL = "model.json"
CHECKPOINT = "checkpoint"
"""The folder, inside that of a run, of what a resume needs."""
_WEIGHTS = "weights"
_UNWRITTEN = Stored(f"{_WEIGHTS}-{'0' * 64}.safetensors", "0" * 64)
_ATTEMPTS = 20


class Saved(NamedTuple):
    """A saved model that was opened: its document, its network and its probe."""

    spec: ModelSpec
    network: SequentialNetwork
    probe: Mapping[str, Array]


def save(
    network: SequentialNetwork, folder: str | PathLike[str], *, limits: Limits | None = None
) -> Path:
    """Write the model into a folder, which is made where it is missing; returns the folder.

    Killed at any moment, the folder holds the old model or the new one. Raises SaveError where the
    disk refuses, LimitError and ModelError where `load` would, PluginError where a component is of
    no plugin.
    """
    path = Path(folder)
    with saving(path):
        path.mkdir(parents=True, exist_ok=True)
    with locked(path):
        write_model(network, path, limits=limits)
    return path


def write_model(
    network: SequentialNetwork,
    folder: Path,
    *,
    extra: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
) -> None:
    """Write the model into a folder that the caller holds; `extra` adds to the document."""
    arrays = {**network.params(), **network.state()}
    document = model_document(network)
    for key, value in (extra or {}).items():
        known = document.get(key)
        document[key] = {**known, **value} if isinstance(known, dict) else value
    count = sum(array.size for array in network.params().values())
    limits = limits or Limits()
    path = folder / MODEL

    def with_weights(stored: Stored) -> bytes:
        weights = {"file": stored.file, "sha256": stored.sha256, "parameters": count}
        return layout({**document, "weights": weights}).encode()

    # What `load` would refuse is not saved.
    draft = read_document(with_weights(_UNWRITTEN), limits, file=str(path))
    spec = read_spec(draft, registry=network.registry, limits=limits)
    loaded = build(spec, registry=network.registry, limits=limits, mode="dry")
    _check_arrays(arrays, {**loaded.params(), **loaded.state()})
    for name, array in arrays.items():
        if not finite(array):
            raise ModelError(f"{name} is not finite", "a model with NaN or infinity is not saved")
    write_bundle(path, _WEIGHTS, {**arrays, **probe(network)}, with_weights, limits)


def model_document(network: SequentialNetwork) -> dict[str, Any]:
    """The document of a network as it is now: canonical, every layer named, no default left out."""
    registry = network.registry
    source = network.source
    specs = [layer.spec for layer in network]

    def all_components() -> Iterator[Component]:
        if network.loss is not None:
            yield network.loss
        for spec in specs:
            yield from components(spec)
        if source is not None and source.training is not None:
            yield from components(source.training)

    kept = source.document(True, registry.written) if source is not None else {}
    document: dict[str, Any] = {
        "$schema": kept.get("$schema"),
        "netspec": FORMAT,
        "name": kept.get("name", ""),
        "description": kept.get("description", ""),
        "input_shape": list(network.input_shape),
        "input_dtype": network.input_dtype.name,
        "dtype": network.dtype.name,
        "layers": [spec.document(True, registry.written) for spec in specs],
        "loss": network.loss.document(True, registry.written) if network.loss else None,
        "seed": network.seed,
        "training": kept.get("training"),
        "weights": None,
        "provenance": provenance(all_components(), registry, network.seed),
        "classes": list(network.classes),
        "data_state": kept.get("data_state"),
        "trained": {"epochs": network.epoch, "steps": network.step},
    }
    document["provenance"]["fingerprint"] = fingerprint(document)
    return document


def load(
    folder: str | PathLike[str],
    *,
    registry: Registry | None = None,
    limits: Limits | None = None,
) -> SequentialNetwork:
    """The network of a model folder, or of its model.json; its arrays are read-only until it trains.

    Raises ModelError where anything is missing or damaged, SpecError where the document is wrong,
    PluginError where a plugin is missing.
    """
    return open_model(folder, registry=registry, limits=limits).network


def open_model(
    folder: str | PathLike[str],
    *,
    registry: Registry | None = None,
    limits: Limits | None = None,
) -> Saved:
    """A saved model with its document and its probe."""
    path = Path(folder)
    home = path if isdir(path) else path.parent
    document = MODEL if isdir(path) else path.name
    limits = limits or Limits()
    for attempt in range(_ATTEMPTS):
        spec = model_spec(home / document, registry=registry, limits=limits)
        try:
            return _filled(home, spec, registry, limits)
        except FileNotFoundError:
            # A save may have replaced both files since the document was read: look again.
            if attempt == _ATTEMPTS - 1 or spec == model_spec(
                home / document, registry=registry, limits=limits
            ):
                break
    assert spec.weights is not None
    raise ModelError(
        f"{quote(home / spec.weights.file)} is missing", "a model is both of its files"
    )


def model_spec(
    path: Path,
    *,
    registry: Registry | None = None,
    limits: Limits | None = None,
    settings: Sequence[Setting] = (),
) -> ModelSpec:
    """The document of a saved model, with some values replaced.

    Raises ModelError where it is absent or has no weights.
    """
    limits = limits or Limits()
    if isdir(path):
        path = path / MODEL
    try:
        data = read_file(path, limits.spec_bytes, path.parent)
    except FileNotFoundError:
        right = "name the folder of a saved model or a run"
        if isdir(path.parent / CHECKPOINT):
            right = "the run has no model yet: go on with netspec train … --resume"
        raise ModelError(f"{quote(path)} does not exist", right) from None
    source = read_document(data, limits, file=str(path))
    provenance = source.value.get("provenance") if isinstance(source.value, dict) else None
    try:
        spec = read_spec(source, registry=registry, limits=limits, settings=settings)
    except (SpecError, PluginError) as error:
        raise _with_versions(with_recorded(error, provenance), source.value) from None
    if spec.weights is None:
        raise ModelError(
            f"{quote(path)} names no weights", "train it, or name a model that was saved"
        )
    return spec


def _recorded(provenance: Any) -> dict[str, str]:
    """Which distribution and version each type of a plugin came from, as the model recorded it."""
    found = {}
    plugins = provenance.get("plugins") if isinstance(provenance, dict) else None
    for distribution, entry in plugins.items() if isinstance(plugins, dict) else ():
        for kind in entry.get("types", ()) if isinstance(entry, dict) else ():
            found[str(kind).rpartition("/")[2]] = f"{distribution}=={entry.get('version', '')}"
    return found


def with_recorded(error: NetspecError, provenance: Any) -> NetspecError:
    """The error, as a PluginError that says what to install where a recorded plugin is missing."""
    recorded = _recorded(provenance)
    faults = [_recorded_fault(fault, recorded) for fault in error.faults]
    return error if faults == list(error.faults) else PluginError.of(faults)


def _recorded_fault(fault: Fault, recorded: Mapping[str, str]) -> Fault:
    for name, requirement in recorded.items():
        if fault.what.startswith("unknown ") and quote(name) in fault.what:
            what = f"{fault.what}: the model was made with {requirement}"
            fails = "is installed, but fails" in fault.right
            return fault._replace(
                what=what, right=fault.right if fails else f"install {requirement}"
            )
    return fault


def _with_versions(error: NetspecError, document: Any) -> NetspecError:
    """The error, saying of each fault whether its plugin is here in another version than recorded."""
    recorded = _recorded(document.get("provenance") if isinstance(document, dict) else None)
    faults = []
    for fault in error.faults:
        requirement = recorded.get(_type_at(document, fault.path or ()), "")
        name, _, made_with = requirement.partition("==")
        here = _installed(name)
        if here and made_with not in ("", here) and requirement not in fault.right:
            hint = f"install {requirement}, which the model was made with: {here} is installed"
            fault = fault._replace(right="; ".join(filter(None, (fault.right, hint))))
        faults.append(fault)
    return type(error).of(faults)


def _type_at(value: Any, path: JSONPath) -> str:
    """The type of the innermost component that a path leads into."""
    found = ""
    for step in (*path, None):
        if isinstance(value, dict):
            found = str(value.get("type", found))
        elif not isinstance(value, list):
            break
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            break
    return found.rpartition("/")[2]


def _installed(distribution: str) -> str:
    """The version in which a distribution is installed; empty where it is not."""
    try:
        return version(distribution) if distribution else ""
    except PackageNotFoundError:
        return ""


def stored_arrays(home: Path, spec: ModelSpec, *, limits: Limits | None = None) -> dict[str, Array]:
    """Every array of a model by its path, as its file holds them: no layer is built for it.

    Raises FileNotFoundError where the file is not there, ModelError where it is damaged.
    """
    assert spec.weights is not None
    limits = limits or Limits()
    most = 8 * limits.parameters + limits.header_bytes + 16 * limits.values
    stored = read_arrays(home, _WEIGHTS, spec.weights.sha256, most, limits)
    return {path: array for path, array in stored.items() if path not in (INPUT, OUTPUT)}


def _filled(home: Path, spec: ModelSpec, registry: Registry | None, limits: Limits) -> Saved:
    network = build(spec, registry=registry, limits=limits, mode="empty")
    arrays = {**network.params(), **network.state()}
    assert spec.weights is not None
    most = sum(a.nbytes for a in arrays.values()) + limits.header_bytes + 16 * limits.values
    stored = read_arrays(home, _WEIGHTS, spec.weights.sha256, most, limits)
    extra = {name: stored.pop(name) for name in (INPUT, OUTPUT) if name in stored}
    _check_arrays(stored, arrays, f"{quote(home / spec.weights.file)}: ")
    if extra:
        for name, shape in expected(extra, network):
            raise ModelError(f"{quote(name)} has another shape", f"it must be {shape}")
    for name, array in arrays.items():
        _fill(name, array, stored[name])
    network.epoch, network.step = _trained(spec, "epochs"), _trained(spec, "steps")
    return Saved(spec, network, extra)


def _trained(spec: ModelSpec, key: str) -> int:
    """How much the model was trained, as its document says."""
    count = (spec.trained or {}).get(key, 0)
    if type(count) is not int or not 0 <= count < 2**63:
        raise spec.locate(
            SpecError(f"{key} is {quote(count)}", "write a whole number", path=("trained", key))
        )
    return count


def _check_arrays(
    arrays: Mapping[str, Array], wanted: Mapping[str, Array], where: str = ""
) -> None:
    """Raise ModelError unless the arrays have the names, shapes and dtypes of those wanted."""
    missing, extra = wanted.keys() - arrays.keys(), arrays.keys() - wanted.keys()
    for name in sorted(missing | extra):
        what, others = "is of no layer", missing or wanted.keys()
        if name in missing:
            what, others = "is missing", extra or arrays.keys()
        raise ModelError(f"{where}{quote(name)} {what}", nearest(name, others))
    for name, array in wanted.items():
        values = arrays[name]
        if values.shape != array.shape or values.dtype.newbyteorder("=") != array.dtype:
            raise ModelError(
                f"{where}{quote(name)} is {values.shape} {values.dtype}",
                f"the document says {array.shape} {array.dtype}",
            )


def _fill(name: str, array: Array, values: Array) -> None:
    if not finite(values):
        raise ModelError(f"{quote(name)} holds NaN or infinity", "take a good copy of the model")
    array[...] = values
    array.flags.writeable = False
