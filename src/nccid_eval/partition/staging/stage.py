"""What a container gets of an image: the decoded pixel values and the few header fields that place them.

The new file is built from nothing: what is neither composed here nor in `ALLOWED` cannot be in it, and no text of the
source is copied, only numbers and terms out of closed lists.
"""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from nccid_eval.partition.dicom import parse
from nccid_eval.partition.dicom.pixels import PixelForm, decode, read_form
from nccid_eval.partition.refusal import Refused, refusing
from nccid_eval.partition.staging.allowlist import ALLOWED, read_allowed
from nccid_eval.partition.warehouse import WarehouseFile

_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_IMPLEMENTATION = "2.25.305828488182831875890203105390285383139"  # a constant: who wrote the file says nothing


_SOP_CLASSES = (
    "1.2.840.10008.5.1.4.1.1.1",
    "1.2.840.10008.5.1.4.1.1.1.1",
    "1.2.840.10008.5.1.4.1.1.1.1.1",
    _SECONDARY_CAPTURE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StagingTask:
    """`sop`, `study`, `series` are re-keyed UIDs; `view` is AP, PA or ''; `sha256` the source's, as inspected."""

    source: WarehouseFile
    target: Path
    sha256: str
    modality: str
    view: str
    sop: str
    study: str
    series: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """SHA-256 of the written file and of the picture in it; or why nothing was written."""

    sha256: str
    picture: str
    refusal: tuple[str, str] | None


def stage(task: StagingTask) -> Staged:
    """Decode an image and write it as a container will see it. OSError from writing is raised: the disk is ours."""
    try:
        with refusing("decoding", "cannot be decoded"):
            content = task.source.read()
            if hashlib.sha256(content).hexdigest() != task.sha256:
                raise Refused("file", "changed while the partition was built")
            source = parse(content)
            form = read_form(source)
            pixels = decode(source, form)
            encoded = _encode(_compose(source, form, task), pixels)
            picture = _picture(form, pixels)
    except Refused as left_out:
        return Staged(sha256="", picture="", refusal=(left_out.stage, left_out.reason))
    task.target.write_bytes(encoded)
    task.target.chmod(0o644)
    os.utime(task.target, (0, 0))
    return Staged(sha256=hashlib.sha256(encoded).hexdigest(), picture=picture, refusal=None)


def _compose(source: Dataset, form: PixelForm, task: StagingTask) -> Dataset:
    ds = Dataset()
    sop_class = str(source.get("SOPClassUID", ""))
    ds.SOPClassUID = sop_class if sop_class in _SOP_CLASSES else _SECONDARY_CAPTURE
    ds.SOPInstanceUID, ds.StudyInstanceUID, ds.SeriesInstanceUID = task.sop, task.study, task.series
    ds.Modality, ds.ViewPosition = task.modality, task.view
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, form.photometric
    ds.Rows, ds.Columns = form.rows, form.columns
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = form.bits_allocated, form.bits_stored, form.bits_stored - 1
    ds.PixelRepresentation = int(form.signed)
    for field in ALLOWED:
        value = read_allowed(field, source)
        if value is not None:
            setattr(ds, field.keyword, value)
    return ds


def _encode(ds: Dataset, pixels: np.ndarray[Any, Any]) -> bytes:
    data = pixels.tobytes()
    ds.add_new("PixelData", "OW" if pixels.itemsize == 2 else "OB", data + b"\0" * (len(data) % 2))
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.file_meta.ImplementationClassUID = _IMPLEMENTATION
    ds.file_meta.ImplementationVersionName = "NCCID_EVAL"
    written = io.BytesIO()
    dcmwrite(written, ds, enforce_file_format=True)
    return written.getvalue()


def _picture(form: PixelForm, pixels: np.ndarray[Any, Any]) -> str:
    """What two copies of one picture share, however they were encoded and whatever their headers say."""
    digest = hashlib.sha256(f"{form.rows}x{form.columns} {form.photometric} {pixels.dtype.str}\n".encode())
    digest.update(pixels.data)
    return digest.hexdigest()
