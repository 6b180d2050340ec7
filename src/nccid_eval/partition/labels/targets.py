"""Each target: how a patient's record becomes a standard, and how that becomes an image's label."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from nccid_eval.partition.clinical import ClinicalRecord
from nccid_eval.partition.labels.covid import covid_label, covid_standard
from nccid_eval.partition.labels.outcomes import outcome_label, outcome_standard
from nccid_eval.partition.labels.severity import severity_label, severity_standard
from nccid_eval.partition.labels.standard import ImageLabel, PatientStandard
from nccid_eval.records import PartitionRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    standard: Callable[[ClinicalRecord, Sequence[date], PartitionRules], PatientStandard]
    label: Callable[[PatientStandard, date | None, PartitionRules], ImageLabel]


_OUTCOME = Target(standard=outcome_standard, label=outcome_label)
TARGETS = {
    "covid_positive": Target(standard=covid_standard, label=covid_label),
    "icu_admission": _OUTCOME,
    "intubation": _OUTCOME,
    "death": _OUTCOME,
    "severity_moderate_or_worse": Target(standard=severity_standard, label=severity_label),
}


def patient_standard(record: ClinicalRecord, images: Sequence[date], rules: PartitionRules) -> PatientStandard:
    """What the rules' target says of a patient; `images` are the dates of all images, in any order."""
    return TARGETS[rules.target].standard(record, images, rules)


def image_label(standard: PatientStandard, taken: date | None, rules: PartitionRules) -> ImageLabel:
    """What it says of an image taken on `taken` (one of the rules' `image_dates`), or why it says nothing."""
    return TARGETS[rules.target].label(standard, taken, rules)
