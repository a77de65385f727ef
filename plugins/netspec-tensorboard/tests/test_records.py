"""Checksums, frames and numbers are encoded as the formats' own documents say."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from netspec_tensorboard.events import scalars, varint, version
from netspec_tensorboard.records import crc32c, framed, masked

# The check value of the catalogues of checksums, and the examples of RFC 3720, appendix B.4.
KNOWN = {
    b"": 0,
    b"123456789": 0xE3069283,
    bytes(32): 0x8A9136AA,
    b"\xff" * 32: 0x62A8AB43,
    bytes(range(32)): 0x46DD794E,
    bytes(reversed(range(32))): 0x113FDB5C,
}


def by_definition(data: bytes) -> int:
    """The rest of a division of polynomials, bit by bit: first and last 32 bits inverted."""
    bits = [byte >> at & 1 for byte in data for at in range(8)] + [0] * 32
    bits[:32] = [1 - bit for bit in bits[:32]]
    rest = 0
    for bit in bits:
        rest = rest << 1 | bit
        if rest >> 32:
            rest ^= 0x11EDC6F41
    return int(f"{rest:032b}"[::-1], 2) ^ 0xFFFFFFFF


@pytest.mark.parametrize(("data", "checksum"), KNOWN.items())
def test_checksums_are_those_that_are_known(data: bytes, checksum: int) -> None:
    assert crc32c(data) == by_definition(data) == checksum


@given(st.binary())
def test_a_checksum_is_the_rest_of_a_division(data: bytes) -> None:
    assert crc32c(data) == by_definition(data)


@given(st.integers(0, 2**32 - 1))
def test_a_mask_can_be_taken_off(crc: int) -> None:
    turned = masked(crc) - 0xA282EAD8 & 0xFFFFFFFF
    assert (turned << 15 | turned >> 17) & 0xFFFFFFFF == crc


@given(st.binary())
def test_a_frame_is_length_data_and_the_checksums_of_both(data: bytes) -> None:
    length, of_length = struct.unpack_from("<QI", framed(data))
    (of_data,) = struct.unpack("<I", framed(data)[-4:])
    assert length == len(data)
    assert framed(data)[12:-4] == data
    assert of_length == masked(by_definition(struct.pack("<Q", length)))
    assert of_data == masked(by_definition(data))


@pytest.mark.parametrize(
    ("number", "encoded"), [(0, "00"), (1, "01"), (150, "9601"), (300, "ac02")]
)
def test_numbers_are_encoded_as_protobuf_s_documents_show(number: int, encoded: str) -> None:
    assert varint(number) == bytes.fromhex(encoded)


@given(st.integers(0, 2**63 - 1))
def test_a_number_reads_back(number: int) -> None:
    *more, last = varint(number)
    assert all(byte & 0x80 for byte in more)
    assert not last & 0x80
    assert sum((byte & 0x7F) << 7 * at for at, byte in enumerate([*more, last])) == number


def test_events_are_these_bytes() -> None:
    """Made by hand from the declarations: field << 3 | wire type, then the value."""
    begun = bytes.fromhex("09 000000000000f83f 1a 0d") + b"brain.Event:2"
    assert version(1.5) == begun
    value = bytes.fromhex("0a 01") + b"a" + bytes.fromhex("15 0000803e")
    event = bytes.fromhex("09 000000000000f83f 10 ac02 2a 0a 0a 08") + value
    assert scalars(1.5, 300, {"a": 0.25}) == event


@pytest.mark.parametrize(
    ("value", "written"),
    [(1e39, "0000807f"), (-1e39, "000080ff"), (float("inf"), "0000807f"), (3, "00004040")],
)
def test_a_number_beyond_float32_is_infinite(value: float, written: str) -> None:
    assert scalars(0.0, 1, {"a": value}).endswith(bytes.fromhex("15" + written))
