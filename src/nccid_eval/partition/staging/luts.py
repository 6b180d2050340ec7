"""Modality and VOI look-up tables, copied number by number: their explanations are free text and stay behind."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence


def modality_lut(ds: Dataset) -> Any:
    """The table from stored values to output units; None where the image has none. Malformed: ValueError."""
    return _tables(ds, "ModalityLUTSequence")


def voi_lut(ds: Dataset) -> Any:
    """The tables for display; None where the image has none. Malformed: ValueError."""
    return _tables(ds, "VOILUTSequence")


def _tables(ds: Dataset, keyword: str) -> Any:
    items = ds.get(keyword)
    if not items:
        return None
    return Sequence([_table(item, ds) for item in items])


def _table(item: Dataset, ds: Dataset) -> Dataset:
    entries, first, bits = (int(one) for one in item.LUTDescriptor)
    count = entries or 65536
    values = _values(item.LUTData, big_endian=ds.original_encoding[1] is False)
    if len(values) not in (count, (count + 1) // 2) or not 8 <= bits <= 16:
        raise ValueError("a look-up table of another length than described")
    copy = Dataset()
    signed = int(ds.get("PixelRepresentation", 0)) == 1
    descriptor = [_signed(entries), _signed(first), bits] if signed else [entries, first & 0xFFFF, bits]
    copy.add_new("LUTDescriptor", "SS" if signed else "US", descriptor)
    copy.add_new("LUTData", "OW", values.astype("<u2").tobytes())
    if "ModalityLUTType" in item:
        copy.ModalityLUTType = item.ModalityLUTType if item.ModalityLUTType in ("OD", "HU", "US") else "US"
    return copy


def _values(data: Any, *, big_endian: bool) -> np.ndarray[Any, Any]:
    if isinstance(data, bytes):
        return np.frombuffer(data, dtype=">u2" if big_endian else "<u2")
    return np.asarray(data, dtype=np.int64).astype(np.uint16)


def _signed(value: int) -> int:
    return value - 65536 if value > 32767 else value
