"""Pre-flight of one image file: read once, hash, parse, and say what it is or why it is left out.

Runs in a child process under limits. pydicom gives eight kinds of exception for broken files; none of them leaves.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_dataset, read_preamble
from pydicom.tag import BaseTag

from nccid_eval.partition.dicom import values, views
from nccid_eval.partition.dicom.geometry import Slice, read_slice
from nccid_eval.partition.dicom.kinds import SLICED, refuse_what_is_no_slice
from nccid_eval.partition.dicom.metadata import compare_metadata
from nccid_eval.partition.dicom.pixels import DECODERS, check_length, check_rescale, read_form
from nccid_eval.partition.refusal import Refused, refusing
from nccid_eval.partition.text import collapse, fold
from nccid_eval.partition.warehouse import WarehouseFile

_DEFLATED = "1.2.840.10008.1.2.1.99"
_FIRST_GROUPS = (b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08")  # what a file without a preamble begins with
_DESCRIPTIONS = ("SeriesDescription", "StudyDescription", "ProtocolName", "AcquisitionDeviceProcessingDescription")


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionTask:
    file: WarehouseFile
    patient: str  # folded pseudonym of the folder
    modalities: tuple[str, ...]
    image_dates: tuple[str, ...] = ("AcquisitionDate", "StudyDate")  # the first that holds a date is the image's
    metadata: WarehouseFile | None = None  # the JSON beside it


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the evaluator knows of an image from its header. `taken` is the date of the task's `image_dates`."""

    sop_uid: str
    modality: str
    taken: date | None
    sex: str
    age_years: float | None
    view: str
    maker: str
    photometric: str
    acquired: date | None = None  # AcquisitionDate
    studied: date | None = None  # StudyDate
    rows: int = 0
    columns: int = 0
    bits_stored: int = 0
    slice: Slice | None = None  # of CT and MR


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """`sha256` is '' for a file that could not be read. `refusal` is (stage, reason), or None for a sound image.

    `metadata` is what `compare_metadata` says of the JSON beside it, '' where there is none or no image to compare.
    """

    sha256: str
    header: Header | None
    taken: date | None
    refusal: tuple[str, str] | None
    metadata: str = ""


def inspect(task: InspectionTask) -> Inspection:
    """Read a file and check all that can be checked without decoding it."""
    sha256, metadata, header, taken, refusal = "", "", None, None, None
    try:
        with refusing("file", "cannot be parsed"):
            content = task.file.read()
            sha256 = hashlib.sha256(content).hexdigest()
            ds = parse(content)
            metadata = compare_metadata(ds, task.metadata)
            _refuse_another_patients(ds, task)
            taken = _taken(ds, task.image_dates)
            header = _examine(ds, task)
    except Refused as left_out:
        refusal = (left_out.stage, left_out.reason)
    return Inspection(sha256=sha256, header=header, taken=taken, refusal=refusal, metadata=metadata)


def parse(content: bytes) -> Dataset:
    """Parse a whole file whose transfer syntax is one that we decode: what is deflated is never inflated."""
    try:
        start = io.BytesIO(content)
        read_preamble(start, force=False)
        syntax = str(read_dataset(start, False, True, stop_when=_is_past_meta).get("TransferSyntaxUID", ""))
    except (InvalidDicomError, EOFError):
        bare = content[:2] in _FIRST_GROUPS
        raise Refused("file", "no Part 10 header before the data set" if bare else "not a DICOM file") from None
    if syntax == _DEFLATED:
        raise Refused("file", "deflated transfer syntax")
    if syntax not in DECODERS:
        raise Refused("file", "no transfer syntax" if not syntax else "unsupported transfer syntax")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        ds = dcmread(io.BytesIO(content))
    # pydicom gives what stood before the cut, down to nothing at all, and a warning.
    if any("end of file" in str(one.message).casefold() for one in warned):
        raise Refused("file", "truncated")
    return ds


def _is_past_meta(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    return int(tag) >> 16 != 2


def _refuse_another_patients(ds: Dataset, task: InspectionTask) -> None:
    """Before its date is read: that would settle dates of a patient whose image it is not."""
    named = fold(ds.get("PatientID"))
    if named and named != task.patient:
        raise Refused("file", "names another patient than its folder")


def _examine(ds: Dataset, task: InspectionTask) -> Header:
    modality = collapse(ds.get("Modality")).upper()
    if modality not in task.modalities:
        raise Refused("modality", f"neither of {', '.join(sorted(task.modalities))}")
    view = _slice_of_chest(ds) if modality in SLICED else _frontal_chest(ds)
    form = read_form(ds)
    check_rescale(ds)
    check_length(ds, form)
    return Header(
        sop_uid=values.clean_uid(ds.get("SOPInstanceUID")),
        modality=modality,
        taken=_taken(ds, task.image_dates),
        sex=values.clean_dicom_sex(ds.get("PatientSex")),
        age_years=values.clean_dicom_age(ds.get("PatientAge")),
        view=view,
        maker=values.clean_maker(ds.get("Manufacturer")),
        photometric=form.photometric,
        acquired=values.clean_dicom_date(ds.get("AcquisitionDate")),
        studied=values.clean_dicom_date(ds.get("StudyDate")),
        rows=form.rows,
        columns=form.columns,
        bits_stored=form.bits_stored,
        slice=read_slice(ds) if modality in SLICED else None,
    )


def _frontal_chest(ds: Dataset) -> str:
    position, body = (collapse(ds.get(keyword)) for keyword in ("ViewPosition", "BodyPartExamined"))
    described = [collapse(ds.get(keyword)) for keyword in _DESCRIPTIONS]
    view = views.frontal_view(position, described)
    if views.is_elsewhere([position, body, *described]):
        raise Refused("view", "not the chest")
    orientation = ds.get("PatientOrientation")
    rows = [str(one) for one in orientation] if orientation and not isinstance(orientation, str) else []
    if views.is_lateral(position, described, rows, view):
        raise Refused("view", "lateral, oblique or decubitus")
    return view


def _slice_of_chest(ds: Dataset) -> str:
    """A slice has no view. Raises Refused for what is no slice of a chest examination."""
    series, *others = (collapse(ds.get(keyword)) for keyword in (*_DESCRIPTIONS, "BodyPartExamined"))
    if views.is_series_elsewhere(series, others):
        raise Refused("view", "not the chest")
    refuse_what_is_no_slice(ds)
    return ""


def _taken(ds: Dataset, keywords: Sequence[str]) -> date | None:
    """No other date is true: de-identification moved the rest."""
    dates = (values.clean_dicom_date(ds.get(keyword)) for keyword in keywords)
    return next((one for one in dates if one), None)
