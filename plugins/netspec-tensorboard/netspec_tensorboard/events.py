"""TensorBoard's events: the few fields of its messages that say a scalar, in protobuf's encoding.

The messages are declared in TensorBoard's `event.proto` and `summary.proto`, the encoding in the
Protocol Buffers documentation, "Encoding":

    Event   {double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5;}
    Summary {repeated Value value = 1;}
    Value   {string tag = 1; float simple_value = 2;}
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping

__all__ = ["scalars", "varint", "version"]

# Protobuf's wire types.
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5


def version(wall_time: float) -> bytes:
    """The event that every file begins with: when it was begun, in seconds since 1970."""
    return _double(1, wall_time) + _bytes(3, b"brain.Event:2")


def scalars(wall_time: float, step: int, values: Mapping[str, float]) -> bytes:
    """The event of a step: a number for each tag, infinite where it is beyond float32."""
    summary = b"".join(
        _bytes(1, _bytes(1, tag.encode()) + _float(2, value)) for tag, value in values.items()
    )
    return _double(1, wall_time) + _key(2, _VARINT) + varint(step) + _bytes(5, summary)


def varint(number: int) -> bytes:
    """A number that is not negative, seven bits a byte, the lowest first; the last has no top bit."""
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _key(field: int, wire_type: int) -> bytes:
    return varint(field << 3 | wire_type)


def _bytes(field: int, value: bytes) -> bytes:
    return _key(field, _LENGTH) + varint(len(value)) + value


def _double(field: int, value: float) -> bytes:
    return _key(field, _FIXED64) + struct.pack("<d", value)


def _float(field: int, value: float) -> bytes:
    try:
        packed = struct.pack("<f", value)
    except OverflowError:
        packed = struct.pack("<f", math.copysign(math.inf, value))
    return _key(field, _FIXED32) + packed
