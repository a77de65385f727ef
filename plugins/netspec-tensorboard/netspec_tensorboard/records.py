"""TFRecord: a file of byte strings, each with its length and the checksums of both.

TensorFlow's guide "TFRecord and tf.train.Example" gives the format, RFC 3720, appendix B.4, the
checksum.
"""

from __future__ import annotations

import struct

__all__ = ["crc32c", "framed", "masked"]

_CASTAGNOLI = 0x82F63B78
"""The polynomial of CRC32C, its bits reversed."""


def _divided(remainder: int) -> int:
    """The remainder after eight more bits."""
    for _ in range(8):
        remainder = remainder >> 1 ^ (_CASTAGNOLI if remainder & 1 else 0)
    return remainder


_TABLE = [_divided(byte) for byte in range(256)]


def crc32c(data: bytes) -> int:
    """The CRC32C of some bytes; that of `b"123456789"` is 0xE3069283."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def masked(crc: int) -> int:
    """A checksum that is stored beside its data: turned right by 15 bits, plus 0xA282EAD8."""
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def framed(data: bytes) -> bytes:
    """One record: length (uint64), its masked checksum (uint32), the data, theirs; little-endian."""
    length = struct.pack("<Q", len(data))
    return length + _checksum(length) + data + _checksum(data)


def _checksum(data: bytes) -> bytes:
    return struct.pack("<I", masked(crc32c(data)))
