"""What a compressed picture says of itself before it is decoded: decoders take memory for what the stream claims."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.encaps import generate_fragments

from nccid_eval.partition.refusal import Refused

_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}  # SOF0 to SOF15, and JPEG-LS's
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
_BASELINE = "1.2.840.10008.1.2.4.50"
_RLE = "1.2.840.10008.1.2.5"
_JP2 = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_UNSUPPORTED = "a compressed stream that cannot be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    rows: int
    columns: int
    samples: int
    precision: int  # bits a sample


def check_codestream(ds: Dataset, rows: int, columns: int, bits_allocated: int) -> None:
    """Hold a compressed picture's own header to the data set's. Raises Refused where they differ.

    The picture may be precise to more bits than BitsStored says (encoders write what is allocated), not to more than
    are allocated.
    """
    syntax = str(ds.file_meta.TransferSyntaxUID)
    if syntax == _RLE:
        return  # has no header, and grows 64 times at most
    claim = read_claim(_first_bytes(ds))
    if (claim.rows, claim.columns, claim.samples) != (rows, columns, 1):
        raise Refused("pixels", "compressed picture of another size than described")
    if claim.precision > (8 if syntax == _BASELINE else bits_allocated):
        raise Refused("pixels", "compressed picture of more bits than its encoding or description has")


def read_claim(stream: bytes) -> Claim:
    """Size and precision as a JPEG, JPEG-LS or JPEG 2000 stream's header has them. Raises Refused for none."""
    try:
        if stream[:12] == _JP2:
            stream = _boxed(stream)
        return _j2k(stream) if stream[:4] == b"\xff\x4f\xff\x51" else _jpeg(stream)
    except (IndexError, struct.error):
        raise Refused("pixels", _UNSUPPORTED) from None


def _first_bytes(ds: Dataset) -> bytes:
    fragments = generate_fragments(ds.PixelData)
    next(fragments)  # the offset table
    return b"".join(fragments)


def _jpeg(stream: bytes) -> Claim:
    if stream[:2] != b"\xff\xd8":
        raise Refused("pixels", _UNSUPPORTED)
    at = 2
    while True:
        if stream[at] != 0xFF:
            raise Refused("pixels", _UNSUPPORTED)
        marker = stream[at + 1]
        if marker == 0xFF or marker in _BARE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in _JPEG_FRAMES:
            precision, rows, columns, samples = struct.unpack_from(">BHHB", stream, at + 4)
            return Claim(rows=rows, columns=columns, samples=samples, precision=precision)
        (length,) = struct.unpack_from(">H", stream, at + 2)
        at += 2 + max(length, 2)


def _j2k(stream: bytes) -> Claim:
    width, height, left, top = struct.unpack_from(">4I", stream, 8)
    (samples,) = struct.unpack_from(">H", stream, 40)
    return Claim(rows=height - top, columns=width - left, samples=samples, precision=(stream[42] & 0x7F) + 1)


def _boxed(stream: bytes) -> bytes:
    """The codestream in a JP2 file, which has no place in DICOM and which decoders take all the same."""
    at = 0
    while True:
        length, kind = struct.unpack_from(">I4s", stream, at)
        if kind == b"jp2c":
            return stream[at + (16 if length == 1 else 8) :]
        if length < 8:
            raise Refused("pixels", _UNSUPPORTED)
        at += length
