"""Clinical records and labels written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from partition_factory import RULES

from nccid_eval.partition.clinical import ClinicalRecord, Event, Reading, Swab
from nccid_eval.partition.labels import ImageLabel, image_label, patient_standard

SWAB = date(2020, 3, 31)
NOT_SAID = Event(happened=None, when=())


def swab(positive: bool, *taken: date, source: str = "rt_pcr") -> Swab:
    return Swab(source=source, positive=positive, taken=taken)


def event(happened: bool | None, *when: date) -> Event:
    return Event(happened=happened, when=when)


def reading(severity: str, *taken: date) -> Reading:
    return Reading(taken=taken, severity=severity, bsti="")


def record(*swabs: Swab, **known: Any) -> ClinicalRecord:
    """A record of which nothing is known but these swabs and fields."""
    empty = ClinicalRecord(
        final_status=None,
        swabs=swabs,
        readings=(),
        admission=(),
        icu=NOT_SAID,
        intubation=NOT_SAID,
        death=NOT_SAID,
        last_known_alive=(),
        submitted=None,
        site="",
        sex="",
        age_years=None,
        ethnicity="",
        comorbidity="",
        smoking="",
    )
    return replace(empty, **known)


def label(
    patient: ClinicalRecord, taken: date | None, *, images: Sequence[date] | None = None, **rules: Any
) -> ImageLabel:
    """The label of an image taken on `taken`, one of the patient's `images`."""
    chosen = replace(RULES, **rules)
    dates = list(images) if images is not None else [taken] if taken else []
    return image_label(patient_standard(patient, dates, chosen), taken, chosen)
