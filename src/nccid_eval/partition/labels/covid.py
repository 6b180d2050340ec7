"""The reference standard `covid_positive`: is an image one of a patient with COVID-19 at that time?

A positive patient has images of up to three years before the infection, so the patient's status is not the image's.
Excluded is never negative. A test counts if the rules' `swabs` name its source.

The patient, where "final_status" is not among them:
- any positive test: positive; with a final status of negative: contradictory, excluded.
- no positive test, but a final status of positive: positive, unless a test was negative: contradictory, excluded
  (a diagnosis against the swabs is no swab standard).
- otherwise negative, where a test or the final status says so.
Where it is, a final status decides alone. It has no date: those of all swabs that agree with it stand for it, or of
all swabs where none agrees. A patient without one is judged by the tests.

The image: within the window of a swab of that kind, else excluded. A swab of before the pandemic, or of after the
file was submitted, has no window: an old image beside a slip of the pen is not one of COVID-19. With `before_window`
= "negative", a positive patient's image of before every window is negative up to `negative_until`, when nobody had
the disease.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from nccid_eval.partition.clinical import ClinicalRecord, Swab, settle
from nccid_eval.partition.clinical.dates import can_be
from nccid_eval.partition.labels.standard import ImageLabel, PatientStandard, excluded
from nccid_eval.records import PartitionRules

FINAL_STATUS = "final_status"


def covid_standard(record: ClinicalRecord, images: Sequence[date], rules: PartitionRules) -> PatientStandard:
    """Status and swab dates of a patient; `images` are the dates of all images, to settle ambiguous dates."""
    if FINAL_STATUS in rules.swabs and record.final_status is not None:
        positive = record.final_status
        agreeing = [swab for swab in record.swabs if swab.positive is positive and swab.taken]
        return _dated(positive, agreeing or record.swabs, record, images, rules)
    counting = [swab for swab in record.swabs if swab.source in rules.swabs]
    positive_swabs = [swab for swab in counting if swab.positive]
    negative_swabs = [swab for swab in counting if not swab.positive]
    exclusion = _contradiction(record.final_status, positive_swabs, negative_swabs)
    positive = bool(positive_swabs) or record.final_status is True
    if not exclusion and not positive and not negative_swabs and record.final_status is None:
        exclusion = "the clinical record holds no test result"
    if exclusion:
        return PatientStandard(positive=False, swab_dates=(), exclusion=exclusion)
    return _dated(positive, positive_swabs if positive else negative_swabs, record, images, rules)


def covid_label(standard: PatientStandard, taken: date | None, rules: PartitionRules) -> ImageLabel:
    """The label of an image taken on `taken`, or why it has none."""
    if standard.exclusion:
        return excluded(standard.exclusion)
    if taken is None:
        return excluded("the image has no date")
    days = [(taken - swab).days for swab in standard.swab_dates]
    if standard.positive:
        return _positive_patients(taken, days, rules)
    if any(abs(one) <= rules.negative_days for one in days):
        return ImageLabel(positive=False)
    return excluded("outside the window of every negative swab")


def _positive_patients(taken: date, days: Sequence[int], rules: PartitionRules) -> ImageLabel:
    if any(-rules.positive_days_before <= one <= rules.positive_days_after for one in days):
        return ImageLabel(positive=True)
    is_before = all(one < -rules.positive_days_before for one in days)
    if rules.before_window == "negative" and is_before and taken <= date.fromisoformat(rules.negative_until):
        return ImageLabel(positive=False)
    return excluded("outside the window of every positive swab")


def _dated(
    positive: bool, swabs: Sequence[Swab], record: ClinicalRecord, images: Sequence[date], rules: PartitionRules
) -> PatientStandard:
    days = max(rules.positive_days_before, rules.positive_days_after) if positive else rules.negative_days
    settled = [settle(swab.taken, images=images, submitted=record.submitted, days=days) for swab in swabs]
    written = {one for one in settled if one is not None}
    dates = tuple(sorted(one for one in written if can_be(one, record.submitted)))
    kind = "positive" if positive else "negative"
    exclusion = f"impossible date of every {kind} swab" if written else f"no date of a {kind} swab"
    return PatientStandard(positive=positive, swab_dates=dates, exclusion="" if dates else exclusion)


def _contradiction(final: bool | None, positive: Sequence[Swab], negative: Sequence[Swab]) -> str:
    if positive and final is False:
        return "contradictory: a positive swab and a negative final status"
    if final is True and not positive and negative:
        return "contradictory: a positive final status and negative swabs alone"
    return ""
