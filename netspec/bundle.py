"""A JSON document and the arrays that belong to it: two files, one commit point.

The arrays go into a safetensors file that is named by its digest; then the document, which names it,
is replaced. Whatever moment a process is killed at, a reader finds the old pair or the new one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import safetensors
from safetensors.numpy import save as safetensors_bytes

from .arrays import Array
from .errors import LimitError, ModelError, PluginError, quote
from .files import digest, read_file, remove, write_file
from .limits import Limits

__all__ = ["DIGITS", "Stored", "clear", "read_arrays", "write_bundle"]

DIGITS = "[0-9a-f]" * 64
"""The pattern of a digest in a file's name."""

_DTYPES = {
    "F64": np.float64,
    "F32": np.float32,
    "F16": np.float16,
    "I64": np.int64,
    "I32": np.int32,
    "I16": np.int16,
    "I8": np.int8,
    "U64": np.uint64,
    "U32": np.uint32,
    "U16": np.uint16,
    "U8": np.uint8,
    "BOOL": np.bool_,
}
_KNOWN = {np.dtype(dtype) for dtype in _DTYPES.values()}


class Stored(NamedTuple):
    """Where arrays were stored: the file's name and its digest."""

    file: str
    sha256: str


def write_bundle(
    path: Path,
    prefix: str,
    arrays: Mapping[str, Array],
    document: Callable[[Stored], bytes],
    limits: Limits | None = None,
) -> None:
    """Write `arrays` beside `path`, then the document about them to `path`, then clear old arrays.

    Raises SaveError where the disk refuses; what was there before is then intact. LimitError where
    the header of the arrays is larger than a reader allows.
    """
    data = safetensors_bytes({k: _plain(k, a) for k, a in sorted(arrays.items())})
    _check_header(path, data, limits or Limits())
    sha256 = digest(data)
    stored = Stored(f"{prefix}-{sha256}.safetensors", sha256)
    text = document(stored)
    file = path.with_name(stored.file)
    try:
        if not _holds(file, data):
            write_file(file, data)
        write_file(path, text)
    except BaseException:
        # Arrays that no document names are left by nobody but the killed.
        if sha256.encode() not in (path.read_bytes() if path.is_file() else b""):
            file.unlink(missing_ok=True)
        raise
    clear(path.parent, prefix, sha256)


def clear(folder: Path, prefix: str, sha256: str) -> None:
    """Remove what killed writers left, and all arrays but those with this digest."""
    remove(folder, {f"{prefix}-{sha256}.safetensors"}, f"{prefix}-{DIGITS}.safetensors")


def _plain(name: str, array: Array) -> Array:
    """The array as safetensors takes it: it writes others scrambled, without a word."""
    if array.dtype.newbyteorder("=") not in _KNOWN:
        raise PluginError(
            f"the array {quote(name)} holds {array.dtype}",
            "what is saved are floats, integers and booleans of at most 64 bits",
        )
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(array.shape)


def _check_header(path: Path, data: bytes, limits: Limits) -> None:
    """Raise LimitError where the header, whose length stands first, is over the limit."""
    length = int.from_bytes(data[:8], "little")
    if length > limits.header_bytes:
        raise LimitError(
            f"the header of {quote(path)} has {length:,} bytes, the limit is {limits.header_bytes:,}",
            "use fewer layers or shorter names, or let the caller raise the limit",
        )


def _holds(file: Path, data: bytes) -> bool:
    """Whether the file is there with these very bytes: its name alone proves nothing."""
    try:
        return file.stat().st_size == len(data) and read_file(file, len(data)) == data
    except (OSError, ModelError):
        return False


def read_arrays(
    folder: Path, prefix: str, sha256: str, most: int, limits: Limits | None = None
) -> dict[str, Array]:
    """The arrays of the file with this digest; its name is built from the digest, never read.

    Raises FileNotFoundError where it is not there, ModelError where its bytes are not those that
    were saved, LimitError where its header is over the limit.
    """
    path = folder / f"{prefix}-{sha256}.safetensors"
    data = read_file(path, most, folder)
    if digest(data) != sha256:
        raise ModelError(f"{quote(path)} is damaged: its digest is another", "take a good copy")
    limits = limits or Limits()
    if len(data) >= 8 + int.from_bytes(data[:8], "little"):
        _check_header(path, data, limits)
    try:
        entries = safetensors.deserialize(data)  # type: ignore[no-untyped-call]
    except safetensors.SafetensorError as error:
        raise ModelError(f"{quote(path)} is no safetensors file: {error}") from None
    return {name: _decoded(path, name, entry) for name, entry in entries}


def _decoded(path: Path, name: str, entry: Mapping[str, Any]) -> Array:
    dtype = _DTYPES.get(entry["dtype"])
    if dtype is None:
        raise ModelError(
            f"{quote(path)}: {quote(name)} has the dtype {quote(entry['dtype'])}",
            "netspec saves floats, integers and booleans of at most 64 bits",
        )
    little = np.dtype(dtype).newbyteorder("<")
    flat: Array = np.frombuffer(entry["data"], little).astype(dtype, copy=False)
    return flat.reshape(tuple(entry["shape"]))
