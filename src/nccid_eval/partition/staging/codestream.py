"""Compressed pictures freed of what is no picture: comments, application data, and bytes outside the stream.

For partitions that keep a source's transfer syntax. The rest is copied byte for byte; whoever calls decodes it again.
"""

from __future__ import annotations

import struct

from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.staging import packbits

_JPEG_LS = ("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81")
_J2K = ("1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91")
_RLE = ("1.2.840.10008.1.2.5",)

_SOC, _SOT, _SOD, _EOC = b"\xff\x4f", b"\xff\x90", b"\xff\x93", b"\xff\xd9"
# Markers with a length after them. Those kept are what the standards need to decode; every other one refuses.
_JPEG_KEPT = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xDA, 0xDB, 0xDC, 0xDD})
_JPEG_LS_KEPT = frozenset({0xF7, 0xF8, 0xDA, 0xDD})
_JPEG_DROPPED = frozenset({0xFE, *range(0xE0, 0xF0)})  # COM, APP0 to APP15
_J2K_KEPT = frozenset({0x51, 0x52, 0x53, 0x57, 0x58, 0x5C, 0x5D, 0x5E, 0x5F, 0x60, 0x61})
_J2K_DROPPED = frozenset({0x55, 0x63, 0x64})  # TLM (lengths that change), CRG, COM


def strip(frame: bytes, syntax: str, length: int) -> bytes:
    """The picture alone. `length` is that of the decoded frame in bytes. Raises Refused for any other content."""
    try:
        if syntax in _RLE:
            return packbits.checked(frame, length)
        if syntax in _J2K:
            return _j2k(frame)
        return _jpeg(frame, _JPEG_LS_KEPT if syntax in _JPEG_LS else _JPEG_KEPT)
    except (IndexError, ValueError, struct.error):
        raise _unknown() from None


def _unknown() -> Refused:
    return Refused("decoding", "a compressed stream that holds more than a picture")


def _jpeg(data: bytes, kept: frozenset[int]) -> bytes:
    """ISO 10918-1 and 14495-1: marker segments, and after each SOS coded data up to the next marker."""
    if data[:2] != b"\xff\xd8":
        raise _unknown()
    parts, at = [data[:2]], 2
    while data[at : at + 2] != _EOC:
        marker, end = _segment(data, at)
        if marker in kept:
            stop = _coded_end(data, end) if marker == 0xDA else end
            parts.append(data[at:stop])
            at = stop
        elif marker in _JPEG_DROPPED:
            at = end
        else:
            raise _unknown()
        while data[at : at + 2] == b"\xff\xff":
            at += 1  # fill bytes
    return b"".join((*parts, _EOC))


def _coded_end(data: bytes, at: int) -> int:
    """Where the coded data ends: at a marker that is neither a stuffed byte nor a restart."""
    while True:
        at = data.index(b"\xff", at)
        following = data[at + 1]
        if following >= 0xC0 and following != 0xFF and not 0xD0 <= following <= 0xD7:
            return at
        at += 1 if following == 0xFF else 2


def _segment(data: bytes, at: int) -> tuple[int, int]:
    """A marker's second byte, and where its segment ends."""
    lead, marker, size = struct.unpack_from(">BBH", data, at)
    if lead != 0xFF or size < 2 or at + 2 + size > len(data):
        raise _unknown()
    return marker, at + 2 + size


def _j2k(data: bytes) -> bytes:
    """ISO 15444-1: a bare codestream of a main header and tile-parts."""
    if data[:2] != _SOC:
        raise _unknown()
    head, at = _header(data, 2, _SOT)
    parts = [_SOC, head]
    while data[at : at + 2] != _EOC:
        part, at = _tile_part(data, at)
        parts.append(part)
    return b"".join((*parts, _EOC))


def _header(data: bytes, at: int, until: bytes) -> tuple[bytes, int]:
    """The segments that are kept from `at` up to a marker, and where that stands."""
    kept = bytearray()
    while data[at : at + 2] != until:
        marker, end = _segment(data, at)
        if marker in _J2K_KEPT:
            kept += data[at:end]
        elif marker not in _J2K_DROPPED:
            raise _unknown()
        at = end
    return bytes(kept), at


def _tile_part(data: bytes, at: int) -> tuple[bytes, int]:
    """SOT, its header, SOD, its packets; its length written anew. A length of 0 stands for up to the end."""
    marker, segment, tile, size, part, parts = struct.unpack_from(">2sHHIBB", data, at)
    if (marker, segment) != (_SOT, 10):
        raise _unknown()
    header, body = _header(data, at + 12, _SOD)
    end = at + size if size else data.index(_EOC, body)
    packets = data[body:end]
    if not body < end <= len(data):
        raise _unknown()
    return struct.pack(
        ">2sHHIBB", _SOT, 10, tile, 12 + len(header) + len(packets), part, parts
    ) + header + packets, end
