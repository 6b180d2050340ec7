"""One patient's files before they are written: what quirks change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile:
    """A DICOM file and its metadata JSON, either of which may be missing."""

    plan: ImagePlan
    folder: str  # xray | unknown
    header: Mapping[str, Any]  # DICOM keyword -> value
    series_uid: str
    content: str = "whole"  # whole | truncated | empty | no_pixels | absent
    metadata: bool = True
    private_binary: bool = False
    voi_lut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    patient: PatientPlan
    clinical: tuple[ClinicalFile, ...]
    images: tuple[ImageFile, ...]
    quirks: tuple[str, ...] = ()
