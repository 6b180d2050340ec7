"""A staged file's bytes, and those parts of them that a check has to search."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmwrite
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from nccid_eval.partition.dicom.pixels import DECODERS, PixelForm, decode
from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.staging import codestream
from nccid_eval.partition.staging.composition import file_meta

_DELIMITER = 8  # bytes that end an encapsulated PixelData


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """`header` is what stands before the pixels but for the tables' numbers; `opaque` is those and a codestream."""

    content: bytes
    header: bytes
    opaque: tuple[bytes, ...]


def encode_native(ds: Dataset, pixels: NDArray[Any], syntax: str = ExplicitVRLittleEndian) -> Encoded:
    """`pixels` are rows x columns of little-endian stored values."""
    data = pixels.tobytes()
    data += b"\0" * (len(data) % 2)
    ds.add_new("PixelData", "OW" if pixels.itemsize == 2 or syntax != ExplicitVRLittleEndian else "OB", data)
    content = _written(ds, syntax)
    tables = _tables(ds)
    return Encoded(content=content, header=_without(content[: -len(data)], tables), opaque=tables)


def encode_as_it_was(ds: Dataset, source: Dataset, form: PixelForm, pixels: NDArray[Any]) -> Encoded:
    """The source's own encoding, freed of what is not pixels. Big endian, which is retired, becomes little endian.

    Raises Refused for a stream that holds more than the picture, or that is another picture without it.
    """
    syntax = str(source.file_meta.TransferSyntaxUID)
    if not DECODERS[syntax]:
        return encode_native(ds, pixels, ExplicitVRLittleEndian if syntax == ExplicitVRBigEndian else syntax)
    _refuse_hidden_bits(source, form)
    frame = codestream.strip(get_frame(source.PixelData, 0, number_of_frames=1), syntax, form.length)
    data = encapsulate([frame], has_bot=False)
    ds.add_new("PixelData", "OB", data)
    ds["PixelData"].is_undefined_length = True
    content = _written(ds, syntax)
    if not np.array_equal(decode(ds, form), pixels):
        raise Refused("decoding", "another picture without its comments")
    tables = _tables(ds)
    header = _without(content[: -len(data) - _DELIMITER], tables)
    return Encoded(content=content, header=header, opaque=(*tables, data))


def _refuse_hidden_bits(source: Dataset, form: PixelForm) -> None:
    """The bits above BitsStored are no pixels: overlays were kept there once, with a name in them as like as not."""
    unused = form.bits_allocated - form.bits_stored
    if not unused:
        return
    stored = decode(source, form, correct_unused_bits=False).view(f"<u{form.bits_allocated // 8}")
    above = stored >> form.bits_stored
    empty = above == 0
    if form.signed:
        empty |= above == (1 << unused) - 1
    if not empty.all():
        raise Refused("decoding", "something other than pixels in the unused bits")


def _written(ds: Dataset, syntax: str) -> bytes:
    ds.file_meta = file_meta(ds, syntax)
    written = io.BytesIO()
    dcmwrite(written, ds, enforce_file_format=True)
    return written.getvalue()


def _tables(ds: Dataset) -> tuple[bytes, ...]:
    sequences = (ds.get(keyword) or () for keyword in ("ModalityLUTSequence", "VOILUTSequence"))
    return tuple(bytes(item.LUTData) for items in sequences for item in items)


def _without(header: bytes, tables: tuple[bytes, ...]) -> bytes:
    for table in tables:
        header = header.replace(table, b"")
    return header
