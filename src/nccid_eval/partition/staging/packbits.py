"""DICOM's RLE (PS3.5 annex G): byte planes under PackBits, after a header of offsets."""

from __future__ import annotations

import struct

from nccid_eval.partition.refusal import Refused

_HEADER = 64  # bytes: the number of segments, fifteen offsets


def checked(frame: bytes, length: int) -> bytes:
    """The frame as it is, if its segments hold the picture and nothing else. `length` is the picture's, in bytes.

    Raises Refused, and struct.error or IndexError for a frame that ends too soon.
    """
    count, *offsets = struct.unpack_from("<16I", frame)
    starts = offsets[:count]
    planes = len(starts)
    if planes not in (1, 2) or any(offsets[planes:]) or starts[0] != _HEADER:
        raise _hidden()
    for start, following in zip(starts, [*starts[1:], len(frame)], strict=True):
        end = _segment_end(frame, start, length // planes)
        if following - end not in (0, 1) or any(frame[end:following]):  # a zero makes the length even
            raise _hidden()
    return frame


def _segment_end(frame: bytes, at: int, length: int) -> int:
    """Where the segment that unpacks to `length` bytes ends."""
    unpacked = 0
    while unpacked < length:
        control = frame[at]
        literal = control < 128
        unpacked += control + 1 if literal else (257 - control) % 129
        at += control + 2 if literal else (2 if control > 128 else 1)
    if unpacked != length:
        raise _hidden()
    return at


def _hidden() -> Refused:
    return Refused("decoding", "a compressed stream that holds more than a picture")
