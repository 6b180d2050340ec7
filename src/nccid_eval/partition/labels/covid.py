"""The reference standard `covid_positive`: is an image one of a patient with COVID-19 at that time?

A positive patient has images of up to three years before the infection, so the patient's status is not the image's.
Excluded is never negative.

The patient:
- any positive test (RT-PCR, status swab, or a date of a positive swab): positive; with a final status of negative:
  contradictory, excluded.
- no positive test, but a final status of positive: positive, unless a test was negative: contradictory, excluded
  (a diagnosis against the swabs is no swab standard).
- otherwise negative, where a test or the final status says so.

The image: within the window of a swab of that kind, else excluded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from nccid_eval.partition.clinical import ClinicalRecord, Swab, settle
from nccid_eval.records import PartitionRules


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientStandard:
    """A patient's status and the dates of the swabs that show it; or why there is none (`exclusion`)."""

    positive: bool
    swab_dates: tuple[date, ...]
    exclusion: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLabel:
    """`exclusion` is '' where the label holds."""

    positive: bool
    exclusion: str = ""


def patient_standard(record: ClinicalRecord, images: Sequence[date], rules: PartitionRules) -> PatientStandard:
    """Status and swab dates of a patient; `images` are the dates of all images, to settle ambiguous dates."""
    positive_swabs = [swab for swab in record.swabs if swab.positive]
    negative_swabs = [swab for swab in record.swabs if not swab.positive]
    exclusion = _contradiction(record.final_status, positive_swabs, negative_swabs)
    positive = bool(positive_swabs) or record.final_status is True
    if not exclusion and not positive and not negative_swabs and record.final_status is None:
        exclusion = "the clinical record holds no test result"
    if exclusion:
        return PatientStandard(positive=False, swab_dates=(), exclusion=exclusion)
    swabs = positive_swabs if positive else negative_swabs
    days = max(rules.positive_days_before, rules.positive_days_after) if positive else rules.negative_days
    settled = [settle(swab.taken, images=images, submitted=record.submitted, days=days) for swab in swabs]
    dates = tuple(sorted({one for one in settled if one is not None}))
    if not dates:
        kind = "positive" if positive else "negative"
        return PatientStandard(positive=positive, swab_dates=(), exclusion=f"no date of a {kind} swab")
    return PatientStandard(positive=positive, swab_dates=dates)


def image_label(standard: PatientStandard, taken: date | None, rules: PartitionRules) -> ImageLabel:
    """The label of an image taken on `taken` (AcquisitionDate, else StudyDate), or why it has none."""
    if standard.exclusion:
        return ImageLabel(positive=False, exclusion=standard.exclusion)
    if taken is None:
        return ImageLabel(positive=False, exclusion="the image has no date")
    days = [(taken - swab).days for swab in standard.swab_dates]
    if standard.positive:
        if any(-rules.positive_days_before <= one <= rules.positive_days_after for one in days):
            return ImageLabel(positive=True)
        return ImageLabel(positive=False, exclusion="outside the window of every positive swab")
    if any(abs(one) <= rules.negative_days for one in days):
        return ImageLabel(positive=False)
    return ImageLabel(positive=False, exclusion="outside the window of every negative swab")


def _contradiction(final: bool | None, positive: Sequence[Swab], negative: Sequence[Swab]) -> str:
    if positive and final is False:
        return "contradictory: a positive swab and a negative final status"
    if final is True and not positive and negative:
        return "contradictory: a positive final status and negative swabs alone"
    return ""
