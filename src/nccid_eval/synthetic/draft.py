"""One patient's files before they are written: what quirks change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from nccid_eval.synthetic.sampling import ImagePlan, PatientPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicalFile:
    """`fields` has the spreadsheet's own headers; values that are dates are written in `date_style` at the end."""

    kind: str  # data | status
    uploaded: date
    fields: Mapping[str, Any]
    date_style: str = "documented"
    content: str = "whole"  # whole | empty | cut | list | marked (a byte order mark before it)
    folder: str = ""  # below data/; "" for the pseudonym


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How an image is stored; what is left empty is drawn as its maker's apparatus does it."""

    syntax: str = ""  # a key of dicom.SYNTAXES
    bits: int = 0
    photometric: str = ""
    form: str = "grey"  # grey | colour | frames
    recoded: bool = False  # a picture that went through another system: fewer bits, a little brighter


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile:
    """A DICOM file and its metadata JSON, either of which may be missing."""

    plan: ImagePlan
    folder: str  # xray | unknown
    header: Mapping[str, Any]  # DICOM keyword -> value
    series_uid: str
    content: str = "whole"  # whole | absent | a key of spoiling.SPOILED
    metadata: str = "whole"  # whole | absent | a key of spoiling.METADATA
    private_binary: bool = False
    private_text: bool = False
    voi_lut: bool = False
    encoding: Encoding = Encoding()
    claims: Mapping[str, Any] = field(default_factory=dict)  # a false description of the pixels
    suffix: str = ".dcm"
    misplaced: bool = False  # right below the patient's folder
    usable: bool = True  # no fault that costs the image


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPlan:
    """One CT or MR acquisition of a patient, drawn by `number`. `diseased` is None outside the window."""

    number: int
    modality: str  # CT | MR
    study_uid: str
    frame_uid: str
    day: date
    days_from_swab: int
    maker: str
    diseased: bool | None
    severity: str
    lesion_contrast: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceFile:
    """One file of a series. `plane` is its place from the feet up."""

    plane: int
    sop_uid: str
    header: Mapping[str, Any]
    drawn: str = "axial"  # axial | scout | coronal | text | frames
    stacked: bool = True  # belongs to the series' stack


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesFile:
    plan: SeriesPlan
    series_uid: str
    header: Mapping[str, Any]  # what all slices share
    slices: tuple[SliceFile, ...]
    usable: bool = True

    @property
    def folder(self) -> str:
        return {"CT": "ct", "MR": "mri"}[self.plan.modality]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What became of the patient: the day of each event, or None where it did not happen."""

    icu_admission: date | None
    intubation: date | None
    death: date | None
    last_known_alive: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`twins` are further patients that a leak plants; `labelled` is false where the record contradicts itself.

    `cleaned` says what the struck cells of the clinical record mean, by header; None is for nothing.
    """

    patient: PatientPlan
    clinical: tuple[ClinicalFile, ...]
    images: tuple[ImageFile, ...]
    series: tuple[SeriesFile, ...] = ()
    outcomes: Outcomes | None = None
    cleaned: Mapping[str, str | float | None] = field(default_factory=dict)
    labelled: bool = True
    image_folder: str = ""  # the pseudonym as image folders spell it; "" for the patient's own
    group: str = ""  # the part that the files lie in; "" for where the split rule puts them
    twins: tuple[Draft, ...] = ()
    planted_beside: str = ""  # of a twin: whose images these are
    quirks: tuple[str, ...] = ()

    @property
    def part(self) -> str:
        return self.group or self.patient.group

    @property
    def owner(self) -> str:
        return self.image_folder or self.patient.pseudonym
