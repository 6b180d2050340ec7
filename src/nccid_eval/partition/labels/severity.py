"""The target `severity_moderate_or_worse`: what a radiologist read from that day's radiograph.

Judged are images of COVID-19 patients in the window of a positive swab. Moderate and severe are positive, mild is
negative. No reading of that day, one without a severity (the code 0 among them: nobody knows what it was meant to
say), and two readings of a day that differ: excluded. An ambiguous date is settled by the images' own days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from nccid_eval.partition.clinical import ClinicalRecord, settle_readings
from nccid_eval.partition.labels.covid import covid_label, covid_standard
from nccid_eval.partition.labels.standard import DatedReading, ImageLabel, PatientStandard, excluded
from nccid_eval.records import PartitionRules

_POSITIVE = {"mild": False, "moderate": True, "severe": True}


def severity_standard(record: ClinicalRecord, images: Sequence[date], rules: PartitionRules) -> PatientStandard:
    """The status by swabs, and the dated readings; `images` are the dates of all images."""
    settled = settle_readings(record, images).readings
    readings = tuple(DatedReading(on=one.taken[0], severity=one.severity) for one in settled if one.taken)
    return replace(covid_standard(record, images, rules), readings=readings)


def severity_label(standard: PatientStandard, taken: date | None, rules: PartitionRules) -> ImageLabel:
    """The label of an image taken on `taken`, or why it has none."""
    covid = covid_label(standard, taken, rules)
    if covid.exclusion:
        return covid
    if not covid.positive:
        return excluded("not an image of COVID-19: severity is read from those alone")
    said = {_POSITIVE.get(one.severity) for one in standard.readings if one.on == taken}
    if not said:
        return excluded("no reading of that day")
    if None in said:
        return excluded("a reading of that day without a severity")
    if len(said) > 1:
        return excluded("two readings of that day differ")
    return ImageLabel(positive=said == {True})
