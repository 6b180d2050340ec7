"""The targets `icu_admission`, `intubation` and `death`: did it happen within `horizon_days` after the image?

Judged are images of COVID-19 patients in the window of a positive swab; all others are excluded.

The event, from its field (0, 1) and its date:
- 1 or blank, with a date: it happened that day. 1 without a date, blank without a date: unknown, excluded.
- 0 without a date: it had not happened when the patient was last heard of: on the date last known alive, or when the
  file was submitted, whichever is later. A death closes the follow-up of the other two for good.
- Contradictory, excluded: 0 with a date; intubated, but never in intensive care; known to be alive after the death.

The image:
- event on its day or up to the horizon's last day: positive.
- event before its day: excluded. The patient is in intensive care already, or the date is wrong.
- event after the horizon, or none and followed to the horizon's last day: negative.
- none, but not followed so far: excluded.
- date before the pandemic, or after the file was submitted: excluded.
An ambiguous date is settled as a swab's is, by the horizon; a death not before the last image and the day last
known alive, if it can be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from nccid_eval.partition.clinical import Candidates, ClinicalRecord, Event, settle
from nccid_eval.partition.clinical.dates import can_be
from nccid_eval.partition.labels.covid import covid_label, covid_standard
from nccid_eval.partition.labels.standard import DatedEvent, ImageLabel, PatientStandard, excluded
from nccid_eval.records import PartitionRules

NAMES = {"icu_admission": "admission to intensive care", "intubation": "intubation", "death": "death"}
_EVENTS: Mapping[str, Callable[[ClinicalRecord], Event]] = {
    "icu_admission": lambda record: record.icu,
    "intubation": lambda record: record.intubation,
    "death": lambda record: record.death,
}


def outcome_standard(record: ClinicalRecord, images: Sequence[date], rules: PartitionRules) -> PatientStandard:
    """The status by swabs, and the event of the rules' target; `images` are the dates of all images."""
    covid = covid_standard(record, images, rules)
    event = _dated_event(record, images, rules)
    return PatientStandard(
        positive=covid.positive, swab_dates=covid.swab_dates, exclusion=covid.exclusion, event=event
    )


def outcome_label(standard: PatientStandard, taken: date | None, rules: PartitionRules) -> ImageLabel:
    """Whether the event happened within the horizon after an image taken on `taken`, or why that is not known."""
    covid = covid_label(standard, taken, rules)
    event = standard.event
    if covid.exclusion:
        return covid
    if not covid.positive or event is None or taken is None:
        return excluded("not an image of COVID-19: outcomes are judged after it alone")
    if event.exclusion:
        return excluded(event.exclusion)
    name, last = NAMES[rules.target], taken + timedelta(days=rules.horizon_days)
    if event.on is not None:
        return excluded(f"taken after the {name}") if event.on < taken else ImageLabel(positive=event.on <= last)
    if event.followed_until is None or event.followed_until < last:
        return excluded(f"no {name} known, but not followed to the end of the horizon")
    return ImageLabel(positive=False)


def contradiction(record: ClinicalRecord, target: str) -> str:
    """Why the record contradicts itself about the event of a target; '' where it does not."""
    event, name = _EVENTS[target](record), NAMES[target]
    if event.happened is False and event.when:
        return f"contradictory: no {name}, and a date of it"
    if target == "icu_admission" and event.happened is False and record.intubation.took_place:
        return "contradictory: intubation without admission to intensive care"
    alive = record.last_known_alive
    if target == "death" and event.when and alive and min(alive) > max(event.when):
        return "contradictory: known to be alive after the date of death"
    return ""


def _dated_event(record: ClinicalRecord, images: Sequence[date], rules: PartitionRules) -> DatedEvent:
    event, name = _EVENTS[rules.target](record), NAMES[rules.target]
    if why := contradiction(record, rules.target):
        return DatedEvent(on=None, followed_until=None, exclusion=why)
    if event.happened is False:
        return DatedEvent(on=None, followed_until=_followed_until(record, images, rules))
    on = _settled(event.when, record, images, rules, after=_alive(record, images) if rules.target == "death" else ())
    if on is None:
        why = f"no date of the {name}" if event.happened else f"not known whether it came to {name}"
        return DatedEvent(on=None, followed_until=None, exclusion=why)
    if not can_be(on, record.submitted):
        return DatedEvent(on=None, followed_until=None, exclusion=f"impossible date of the {name}")
    return DatedEvent(on=on, followed_until=None)


def _followed_until(record: ClinicalRecord, images: Sequence[date], rules: PartitionRules) -> date | None:
    if rules.target != "death" and record.death.took_place:
        return date.max
    # A file cannot know of a later day than its own: such a date is a slip, and tells nothing.
    return record.submitted or _settled(record.last_known_alive, record, images, rules, after=images)


def _alive(record: ClinicalRecord, images: Sequence[date]) -> Sequence[date]:
    """Days on which the patient lived."""
    return (*images, min(record.last_known_alive)) if record.last_known_alive else images


def _settled(
    when: Candidates, record: ClinicalRecord, images: Sequence[date], rules: PartitionRules, *, after: Sequence[date]
) -> date | None:
    """`after`: days of which none is later, as far as can be."""
    when = tuple(one for one in when if one <= (record.submitted or date.max)) or when
    when = tuple(one for one in when if all(one >= other for other in after)) or when
    return settle(when, images=images, submitted=record.submitted, days=rules.horizon_days)
