"""The arrays in a zip archive, as `numpy.savez` writes it, read without trust."""

from __future__ import annotations

import ast
import math
import os
import re
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np

from netspec import Array, DataError, Shape, nearest, quote

from .files import content, must_fit, open_regular, shown_name

__all__ = ["Archive"]

_MAGIC = b"\x93NUMPY"
_MOST_HEADER = 10_000
_MOST_AXES = 8
_LOCAL_HEADER = 30
_ENCRYPTED = 0x1
_DTYPE = re.compile(r"[<>|=]?[biuf]\d{1,2}")
_DAMAGED = (zlib.error, EOFError, NotImplementedError, OverflowError, RuntimeError, ValueError)


class Archive:
    """An npz file: `read(name)` gives a member's array."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._name = shown_name(path)

    def read(self, member: str) -> Array:
        """The array of a member: mapped where it is stored, else in memory. Never unpickled.

        Raises DataError where the archive or the member is no such thing, LimitError where it does
        not fit into memory.
        """
        with open_regular(self._path) as file:
            try:
                with zipfile.ZipFile(file) as archive:
                    return self._member(file, archive, member)
            except zipfile.BadZipFile as error:
                file.seek(0)
                what = content(file.read(64))
                raise DataError(
                    f"{self._name}: this is {what} that cannot be read as npz: {error}",
                    "write it with numpy.savez",
                ) from None
            except _DAMAGED as error:
                raise self._refusal(member, f"cannot be read: {error}") from None

    def _member(self, file: BinaryIO, archive: zipfile.ZipFile, member: str) -> Array:
        names = archive.namelist()
        if names.count(f"{member}.npy") != 1:
            known = nearest(member, (name.removesuffix(".npy") for name in names[:100]))
            times = "no" if f"{member}.npy" not in names else "more than one"
            raise DataError(f"{self._name}: there is {times} array {quote(member)}", known)
        info = archive.getinfo(f"{member}.npy")
        if info.flag_bits & _ENCRYPTED:
            raise self._refusal(member, "is encrypted")
        with archive.open(info) as packed:
            dtype, fortran, shape = self._header(packed, member)
            start, size = packed.tell(), dtype.itemsize * math.prod(shape)
            if start + size != info.file_size:
                raise self._refusal(
                    member, f"declares {size} bytes of numbers and has {info.file_size - start}"
                )
            order: Any = "F" if fortran else "C"
            if size == 0:
                return np.empty(shape, dtype, order)
            if info.compress_type == zipfile.ZIP_STORED:
                return self._mapped(file, info, start, dtype, shape, order)
            must_fit(size, self._path)
            return self._unpacked(packed, member, size, dtype, shape, order)

    def _mapped(
        self,
        file: BinaryIO,
        info: zipfile.ZipInfo,
        start: int,
        dtype: np.dtype[Any],
        shape: Shape,
        order: Any,
    ) -> Array:
        file.seek(info.header_offset)
        local = file.read(_LOCAL_HEADER)
        name, extra = (int.from_bytes(local[at : at + 2], "little") for at in (26, 28))
        offset = info.header_offset + _LOCAL_HEADER + name + extra + start
        if offset + dtype.itemsize * math.prod(shape) > os.fstat(file.fileno()).st_size:
            raise self._refusal(info.filename, "reaches past the end of the file")
        mapped = np.memmap(file, dtype, mode="r", offset=offset, shape=shape, order=order)
        return np.asarray(mapped)

    def _unpacked(
        self,
        packed: IO[bytes],
        member: str,
        size: int,
        dtype: np.dtype[Any],
        shape: Shape,
        order: Any,
    ) -> Array:
        data = bytearray()
        while piece := packed.read(min(2**20, size + 1 - len(data))):
            data += piece
        if len(data) != size:
            raise self._refusal(member, f"declares {size} bytes of numbers and has others")
        return np.frombuffer(data, dtype).reshape(shape, order=order)

    def _header(self, packed: IO[bytes], member: str) -> tuple[np.dtype[Any], bool, Shape]:
        """The type, whether the first axis varies fastest, and the shape."""
        magic = packed.read(8)
        if not magic.startswith(_MAGIC) or len(magic) < 8 or magic[6] not in (1, 2, 3):
            raise self._refusal(member, "is no array of numpy")
        length = int.from_bytes(packed.read(2 if magic[6] == 1 else 4), "little")
        if length > _MOST_HEADER:
            raise self._refusal(member, f"has a header of {length} bytes")
        text = packed.read(length).decode("utf-8" if magic[6] == 3 else "latin1")
        try:
            fields = ast.literal_eval(text.strip())
            written, fortran, shape = fields["descr"], fields["fortran_order"], fields["shape"]
        except (KeyError, MemoryError, RecursionError, SyntaxError, TypeError, ValueError):
            raise self._refusal(member, "has a header that says nothing") from None
        if not isinstance(written, str) or not _DTYPE.fullmatch(written):
            raise self._refusal(member, f"holds {quote(written)}, which are no numbers")
        if (
            not isinstance(shape, tuple)
            or len(shape) > _MOST_AXES
            or not all(map(_is_length, shape))
        ):
            raise self._refusal(member, f"has the shape {quote(shape)}")
        try:
            return np.dtype(written), fortran is True, shape
        except TypeError:
            raise self._refusal(member, f"holds {quote(written)}, which are no numbers") from None

    def _refusal(self, member: str, what: str) -> DataError:
        return DataError(
            f"{self._name}: the array {quote(member)} {what}",
            "numpy.savez writes arrays of numbers as they are read here; objects never are",
        )


def _is_length(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**63
