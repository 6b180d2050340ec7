"""The staged header: built from nothing, out of what the evaluator knows and of the allow-list.

With blank headers a field keeps its value where it is needed to decode, has one constant for all, or is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset

from nccid_eval.partition.dicom.pixels import PixelForm
from nccid_eval.partition.staging import reading
from nccid_eval.partition.staging.allowlist import ALLOWED, KEPT, OUT, Allowed, read_allowed
from nccid_eval.partition.staging.task import StagingTask

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
IMPLEMENTATION = "2.25.305828488182831875890203105390285383139"  # a constant: who wrote the file says nothing
IMPLEMENTATION_NAME = "NCCID_EVAL"
_SOP_CLASSES = (
    "1.2.840.10008.5.1.4.1.1.1",  # CR
    "1.2.840.10008.5.1.4.1.1.1.1",  # DX for presentation
    "1.2.840.10008.5.1.4.1.1.1.1.1",  # DX for processing
    "1.2.840.10008.5.1.4.1.1.2",  # CT
    "1.2.840.10008.5.1.4.1.1.4",  # MR
    SECONDARY_CAPTURE,
)
_OLDEST_YEARS = 90  # above it an age tells few apart
_DECIMALS = 6  # of a millimetre: what is subtracted leaves no trace in the last digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a field may be made of."""

    source: Dataset
    form: PixelForm
    task: StagingTask


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A field that is made here (None: left out). `values` tells what may stand in it."""

    keyword: str
    why: str
    values: str
    make: Callable[[Known], Any]
    terms: tuple[str, ...] = ()
    blank: str = KEPT  # with blank headers: kept, left out, or this constant


def _sop_class(known: Known) -> str:
    found = str(known.source.get("SOPClassUID", ""))
    return found if found in _SOP_CLASSES else SECONDARY_CAPTURE


def _age(known: Known) -> str | None:
    """Whole years, as completed; nothing where it is unknown."""
    if known.task.demographics is None:
        return None
    age = known.task.demographics.age
    return f"{min(math.floor(float(age)), _OLDEST_YEARS):03d}Y" if age else ""


def _sex(known: Known) -> str | None:
    if known.task.demographics is None:
        return None
    return known.task.demographics.sex if known.task.demographics.sex in ("F", "M") else ""


def _position(known: Known) -> Any:
    if known.task.origin is None:
        return None
    found = reading.floats(known.source, "ImagePositionPatient")
    if len(found) != 3 or not all(math.isfinite(one) for one in found):
        return None
    moved = (one - start for one, start in zip(found, known.task.origin, strict=True))
    return reading.as_ds([round(one, _DECIMALS) + 0.0 for one in moved])  # + 0.0: never minus zero


_RE_KEYED = "re-keyed UID"
COMPOSED: tuple[Composed, ...] = (
    Composed(
        keyword="SOPClassUID",
        why="decode: what kind of object it is",
        values="CR, DX, CT, MR, else Secondary Capture",
        make=_sop_class,
        blank=SECONDARY_CAPTURE,
    ),
    Composed(keyword="SOPInstanceUID", why="tell images apart", values=_RE_KEYED, make=lambda known: known.task.sop),
    Composed(
        keyword="Modality",
        why="place",
        values="CR, DX, CT, MR",
        make=lambda known: known.task.modality,
        blank="OT",
    ),
    Composed(
        keyword="PatientSex",
        why="only with `demographics`: for models that declare its use",
        values="F, M or empty, from the attributes",
        make=_sex,
        blank=OUT,
    ),
    Composed(
        keyword="PatientAge",
        why="only with `demographics`: for models that declare its use",
        values="whole years, 090Y for 90 and more, or empty; from the attributes",
        make=_age,
        blank=OUT,
    ),
    Composed(
        keyword="ViewPosition",
        why="place",
        values="AP, PA or empty, from the tags that tell it",
        make=lambda known: known.task.view,
        blank=OUT,
    ),
    Composed(
        keyword="StudyInstanceUID",
        why="tell which images are of one study",
        values=f"{_RE_KEYED}; with blank headers the case's own",
        make=lambda known: known.task.study,
    ),
    Composed(
        keyword="SeriesInstanceUID",
        why="tell which images are of one series",
        values=f"{_RE_KEYED}; with blank headers the case's own",
        make=lambda known: known.task.series,
    ),
    Composed(
        keyword="InstanceNumber",
        why="place, of CT and MR: which slice",
        values="from 1 along the stack",
        make=lambda known: known.task.number or None,
        blank=OUT,
    ),
    Composed(
        keyword="ImagePositionPatient",
        why="place, of CT and MR: where the slice lies",
        values="millimetres from the first slice",
        make=_position,
        blank=OUT,
    ),
    Composed(
        keyword="FrameOfReferenceUID",
        why="place, of CT and MR: which series share their axes",
        values=_RE_KEYED,
        make=lambda known: known.task.frame or None,
        blank=OUT,
    ),
    Composed(keyword="SamplesPerPixel", why="decode", values="1", make=lambda _: 1),
    Composed(
        keyword="PhotometricInterpretation",
        why="decode: is black low or high",
        values="MONOCHROME1, MONOCHROME2",
        make=lambda known: known.form.photometric,
        terms=("MONOCHROME1", "MONOCHROME2"),
    ),
    Composed(keyword="Rows", why="decode", values="numbers", make=lambda known: known.form.rows),
    Composed(keyword="Columns", why="decode", values="numbers", make=lambda known: known.form.columns),
    Composed(keyword="BitsAllocated", why="decode", values="8, 16", make=lambda known: known.form.bits_allocated),
    Composed(keyword="BitsStored", why="decode", values="1 to 16", make=lambda known: known.form.bits_stored),
    Composed(keyword="HighBit", why="decode", values="BitsStored - 1", make=lambda known: known.form.bits_stored - 1),
    Composed(keyword="PixelRepresentation", why="decode", values="0, 1", make=lambda known: int(known.form.signed)),
)


def compose(source: Dataset, form: PixelForm, task: StagingTask, allowed: Sequence[Allowed] = ALLOWED) -> Dataset:
    """The header without pixels. Raises Refused for a malformed modality LUT."""
    ds, known = Dataset(), Known(source=source, form=form, task=task)
    for field in COMPOSED:
        is_constant = task.blank == "headers" and field.blank != KEPT
        value = (field.blank or None) if is_constant else field.make(known)
        if value is not None:
            setattr(ds, field.keyword, value)
    for one in allowed:
        if (one.sliced and not task.number) or (task.blank == "headers" and one.blank != KEPT):
            continue
        value = read_allowed(one, source)
        if value is not None:
            setattr(ds, one.keyword, value)
    return ds


def file_meta(ds: Dataset, syntax: str) -> FileMetaDataset:
    """Group 0002 of a staged file: the same for all but for the syntax and what the data set says itself."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    meta.ImplementationClassUID = IMPLEMENTATION
    meta.ImplementationVersionName = IMPLEMENTATION_NAME
    return meta


# All words that a staged header may hold: whatever is part of one of them tells nothing of a source.
WORDS = frozenset(
    word.casefold()
    for word in (
        *(term for made in COMPOSED for term in made.terms),
        *(term for read in ALLOWED for term in read.terms),
        *(made.blank for made in COMPOSED if made.blank != KEPT),
        IMPLEMENTATION_NAME,
        "DICM",
    )
)
