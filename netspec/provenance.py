"""Where a model comes from: what made it, and under which key its bits can be made again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np
import orjson

from .arrays import Calm, blas
from .errors import PluginError
from .kinds import Data, Part
from .registry import OWN, Registry
from .spec import Component, Spec

__all__ = [
    "bits_key",
    "components",
    "data_digest",
    "fingerprint",
    "plugins_of",
    "provenance",
    "versions_of",
]


def bits_key() -> dict[str, Any]:
    """numpy's build, BLAS's kernel and threads: under the same key, the same bits come out.

    Threads that the user chose are left alone, and then small products are shared among them too.
    """
    library, threads = blas(), Calm.outside()
    key = {
        "numpy": np.__version__,
        "blas": library.library,
        "kernel": library.kernel,
        "threads": threads,
    }
    return {**key, "chosen": True} if library.chosen and threads > 1 else key


def components(spec: Spec) -> Iterator[Component]:
    """Every component of a spec, itself included."""
    waiting: list[Any] = [spec]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Component):
            yield each
        if isinstance(each, Spec):
            waiting.extend(getattr(each, name) for name in type(each).model_fields)
        elif isinstance(each, tuple | list):
            waiting.extend(each)


def plugins_of(specs: Iterable[Component], registry: Registry) -> dict[str, Any]:
    """The distributions that the components come from, with version and types; ours left out.

    Raises PluginError for a class that the registry does not know.
    """
    found: dict[str, Any] = {}
    for component in specs:
        registry.written(type(component))
        origin = registry.origin_of(type(component))
        assert origin is not None
        if origin.distribution == OWN:
            continue
        entry = found.setdefault(origin.distribution, {"version": origin.version, "types": []})
        entry["types"] = sorted({*entry["types"], component.address()})
    return dict(sorted(found.items()))


def versions_of(specs: Iterable[Component], registry: Registry) -> dict[str, int]:
    """The version of each component's class, where it is not the first.

    A type that is written with its distribution has its version in any case: the bare type may be
    another's.
    """
    found = {}
    for cls in {type(component) for component in specs}:
        written = registry.written(cls)
        if cls.version != 1 or "/" in written:
            found[cls.address(written)] = cls.version
    return dict(sorted(found.items()))


@cache
def _own_version() -> str:
    """Read once a process: it stands in a file."""
    return version(OWN)


def provenance(specs: Iterable[Component], registry: Registry, seed: int) -> dict[str, Any]:
    """What made a model: no time, host, user or path."""
    parts = list(specs)
    return {
        "netspec": _own_version(),
        "plugins": plugins_of(parts, registry),
        "versions": versions_of(parts, registry),
        "bits": bits_key(),
        "seed": seed,
    }


def fingerprint(document: Mapping[str, Any]) -> dict[str, str]:
    """Two digests of a document without a default left out: of the architecture, and of all that a
    training depends on. A name, a description and the order of keys leave no trace."""
    architecture = {key: document[key] for key in ("input_shape", "input_dtype", "dtype", "layers")}
    whole = {**architecture, **{key: document[key] for key in ("loss", "seed", "training")}}
    parts = {"architecture": architecture, "spec": whole}
    return {
        name: hashlib.sha256(orjson.dumps(part, option=orjson.OPT_SORT_KEYS)).hexdigest()
        for name, part in parts.items()
    }


def data_digest(data: Data) -> str:
    """One digest of all that a training reads: its files where it has any, else its arrays, and
    what was learned from them."""
    sha = hashlib.sha256()
    for path in data.files:
        with path.open("rb") as file:
            while block := file.read(2**20):
                sha.update(block)
    for part in () if data.files else (data.train, data.validation, data.test):
        if part is not None:
            _digest_part(sha, part)
    if data.state is not None:
        try:
            sha.update(orjson.dumps(data.state, option=orjson.OPT_SORT_KEYS))
        except orjson.JSONEncodeError as error:
            what = f"what was learned from the data is no JSON: {error}"
            raise PluginError(what, "a dataset's state is JSON, which the model keeps") from None
    return sha.hexdigest()


def _digest_part(sha: Any, part: Part) -> None:
    for values in (part.inputs, part.targets, part.weights):
        if values is None:
            continue
        sha.update(f"{tuple(values.shape)} {np.dtype(values.dtype).str}".encode())
        for start in range(0, len(values), 4096):
            rows = np.ascontiguousarray(values[start : start + 4096])
            sha.update(rows.reshape(-1).view(np.uint8))
