"""A data set's pixel description, checked by our own hand (pydicom accepts far more), and its decoded pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import generate_fragments
from pydicom.pixels import get_decoder

from nccid_eval.partition.dicom.codestream import check_codestream
from nccid_eval.partition.refusal import Refused

# Transfer syntax -> the decoder that reads it, one each: another decoder may round a lossy image differently.
# Deflated Explicit VR (1.2.840.10008.1.2.1.99) is left out: a megabyte of it can unpack to gigabytes.
DECODERS = {
    "1.2.840.10008.1.2": "",
    "1.2.840.10008.1.2.1": "",
    "1.2.840.10008.1.2.2": "",
    "1.2.840.10008.1.2.4.50": "gdcm",
    "1.2.840.10008.1.2.4.51": "gdcm",
    "1.2.840.10008.1.2.4.57": "gdcm",
    "1.2.840.10008.1.2.4.70": "gdcm",
    "1.2.840.10008.1.2.4.80": "pyjpegls",
    "1.2.840.10008.1.2.4.81": "pyjpegls",
    "1.2.840.10008.1.2.4.90": "pylibjpeg",
    "1.2.840.10008.1.2.4.91": "pylibjpeg",
    "1.2.840.10008.1.2.5": "pydicom",
}
_LARGEST_PIXELS = 100_000_000  # four times the largest detector on the market


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelForm:
    rows: int
    columns: int
    bits_allocated: int  # 8 or 16
    bits_stored: int
    signed: bool
    photometric: str  # MONOCHROME1 | MONOCHROME2

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(f"<{'i' if self.signed else 'u'}{self.bits_allocated // 8}")

    @property
    def length(self) -> int:
        return self.rows * self.columns * self.bits_allocated // 8


def read_form(ds: Dataset) -> PixelForm:
    """Raises Refused("pixels", …) for colour, several frames, and descriptions that cannot be true."""
    if _whole(ds, "SamplesPerPixel", 1) != 1:
        raise Refused("pixels", "colour: more than one sample a pixel")
    if _whole(ds, "NumberOfFrames", 1) != 1:
        raise Refused("pixels", "more than one frame")
    photometric = str(ds.get("PhotometricInterpretation", ""))
    if photometric not in ("MONOCHROME1", "MONOCHROME2"):
        raise Refused("pixels", "photometric interpretation is neither MONOCHROME1 nor MONOCHROME2")
    form = PixelForm(
        rows=_whole(ds, "Rows"),
        columns=_whole(ds, "Columns"),
        bits_allocated=_whole(ds, "BitsAllocated"),
        bits_stored=_whole(ds, "BitsStored"),
        signed=_whole(ds, "PixelRepresentation", 0) == 1,
        photometric=photometric,
    )
    sized = form.rows > 0 and form.columns > 0 and form.rows * form.columns <= _LARGEST_PIXELS
    packed = form.bits_allocated in (8, 16) and 0 < form.bits_stored <= form.bits_allocated
    if not (sized and packed and _whole(ds, "HighBit", form.bits_stored - 1) == form.bits_stored - 1):
        raise Refused("pixels", "impossible pixel description")
    return form


def check_rescale(ds: Dataset) -> None:
    try:
        slope, intercept = float(ds.get("RescaleSlope", 1)), float(ds.get("RescaleIntercept", 0))
    except (TypeError, ValueError, OverflowError):
        slope, intercept = math.nan, math.nan
    if not (math.isfinite(slope) and math.isfinite(intercept) and slope != 0):
        raise Refused("pixels", "rescale slope or intercept is not a finite number")


def check_length(ds: Dataset, form: PixelForm) -> None:
    """Compare PixelData with its description. Raises Refused for none, too few or too many bytes."""
    if "PixelData" not in ds:
        raise Refused("pixels", "no PixelData")
    data = ds.PixelData or b""
    if DECODERS[ds.file_meta.TransferSyntaxUID]:
        if not any(len(fragment) for fragment in list(generate_fragments(data))[1:]):
            raise Refused("file", "truncated")
        check_codestream(ds, form.rows, form.columns, form.bits_allocated)
        return
    if len(data) < form.length:
        raise Refused("file", "truncated")
    if len(data) > form.length + form.length % 2:
        raise Refused("pixels", "pixel data longer than described")


def decode(ds: Dataset, form: PixelForm, *, correct_unused_bits: bool = True) -> NDArray[Any]:
    """The stored values, rows x columns, little endian; no rescale, no window. Any of pydicom's errors may come.

    The bits above BitsStored are no part of a value: they are cleared, or filled with its sign.
    """
    syntax = ds.file_meta.TransferSyntaxUID
    pixels, _ = get_decoder(syntax).as_array(
        ds, raw=True, decoding_plugin=DECODERS[syntax], correct_unused_bits=False
    )
    native = np.dtype(form.dtype.newbyteorder("="))
    if pixels.shape != (form.rows, form.columns) or pixels.dtype.newbyteorder("=") != native:
        raise Refused("decoding", "decodes to another size than described")
    values = np.ascontiguousarray(pixels, dtype=form.dtype)
    return _corrected(values, form, has_overlay=_holds_overlay(ds)) if correct_unused_bits else values


def _corrected(values: NDArray[Any], form: PixelForm, *, has_overlay: bool) -> NDArray[Any]:
    """Bits above BitsStored that hold anything but an overlay are values': then BitsStored is wrong. Refused."""
    unused = form.bits_allocated - form.bits_stored
    stored = values.view(f"<u{values.itemsize}")
    if not unused or not int(stored.max()) >> (form.bits_stored - form.signed):
        return values
    above = set(np.unique(stored >> (form.bits_stored - 1)).tolist())  # with the sign bit
    extended = (1 << (unused + 1)) - 1  # of a negative value, whose sign may go on through the unused bits or not
    if not has_overlay and not (form.signed and above <= {0, 1, extended}):
        raise Refused("decoding", "values of more bits than are described")
    shifted = (stored << unused).view(form.dtype)
    return shifted >> unused


def _holds_overlay(ds: Dataset) -> bool:
    """Whether an overlay lies in the unused bits, as the standard once allowed."""
    places = (ds.get(0x60000102 + group * 0x20000) for group in range(16))
    return any(place is not None and place.value for place in places)


def _whole(ds: Dataset, keyword: str, absent: int | None = None) -> int:
    value = ds.get(keyword)
    if value is None and absent is not None:
        return absent
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise Refused("pixels", "impossible pixel description") from None
