"""Outcomes and severity: positive and negative where it is known, excluded with the reason elsewhere."""

from datetime import date, timedelta
from typing import Any

import pytest
from labelled import SWAB, event, label, reading, record, swab

from nccid_eval.partition.labels import ImageLabel

TAKEN = SWAB
LATE = date(2021, 3, 1)
EVENTS = (
    ("icu_admission", "icu", "admission to intensive care"),
    ("intubation", "intubation", "intubation"),
    ("death", "death", "death"),
)
POSITIVE, NEGATIVE = ImageLabel(positive=True), ImageLabel(positive=False)


def day(offset: int) -> date:
    return TAKEN + timedelta(days=offset)


def judged(target: str, **known: Any) -> ImageLabel:
    horizon = known.pop("horizon_days", 28)
    return label(record(swab(True, SWAB), **known), TAKEN, target=target, horizon_days=horizon)


@pytest.mark.parametrize(("target", "field", "name"), EVENTS)
@pytest.mark.parametrize(
    ("offset", "expected"), [(-1, None), (0, POSITIVE), (28, POSITIVE), (29, NEGATIVE), (300, NEGATIVE)]
)
def test_an_event_counts_from_the_images_day_to_the_horizon(
    target: str, field: str, name: str, offset: int, expected: ImageLabel | None
) -> None:
    found = judged(target, **{field: event(True, day(offset))})
    assert found == (expected or ImageLabel(positive=False, exclusion=f"taken after the {name}"))


@pytest.mark.parametrize(("target", "field", "name"), EVENTS)
def test_without_the_event_a_case_is_negative_only_if_followed_to_the_horizon(
    target: str, field: str, name: str
) -> None:
    lost = f"no {name} known, but not followed to the end of the horizon"
    followed: tuple[dict[str, Any], ...] = ({"submitted": day(28)}, {"last_known_alive": (day(28),)})
    for known in followed:
        assert judged(target, **{field: event(False)}, **known) == NEGATIVE
        assert judged(target, horizon_days=29, **{field: event(False)}, **known).exclusion == lost
    assert judged(target, **{field: event(False)}).exclusion == lost
    assert judged(target, **{field: event(False)}, last_known_alive=(day(2),), submitted=day(40)) == NEGATIVE


@pytest.mark.parametrize(("target", "field", "name"), EVENTS)
def test_a_day_last_known_alive_that_the_file_cannot_know_of_follows_nobody(
    target: str, field: str, name: str
) -> None:
    known: dict[str, Any] = {field: event(False), "submitted": day(9), "last_known_alive": (day(300),)}
    assert judged(target, **known).exclusion == f"no {name} known, but not followed to the end of the horizon"


@pytest.mark.parametrize(("target", "field", "name"), EVENTS)
def test_what_is_not_known_is_excluded_and_never_negative(target: str, field: str, name: str) -> None:
    followed = {"submitted": LATE}
    assert judged(target, **followed).exclusion == f"not known whether it came to {name}"
    assert judged(target, **{field: event(True)}, **followed).exclusion == f"no date of the {name}"
    assert judged(target, **{field: event(None, day(3))}, **followed) == POSITIVE
    impossible = f"impossible date of the {name}"
    assert judged(target, **{field: event(True, date(2019, 3, 1))}, **followed).exclusion == impossible
    assert judged(target, **{field: event(True, date(2021, 3, 2))}, **followed).exclusion == impossible


@pytest.mark.parametrize(("target", "field", "name"), EVENTS)
def test_no_event_and_a_date_of_it_is_contradictory(target: str, field: str, name: str) -> None:
    found = judged(target, **{field: event(False, day(100))}, submitted=LATE)
    assert found.exclusion == f"contradictory: no {name}, and a date of it"


def test_an_intubation_without_intensive_care_is_contradictory_for_intensive_care_alone() -> None:
    for said in (True, None):
        known = {"icu": event(False), "intubation": event(said, day(2)), "submitted": LATE}
        assert judged("icu_admission", **known).exclusion.startswith("contradictory: intubation without")
        assert judged("intubation", **known) == POSITIVE


def test_alive_after_the_date_of_death_is_contradictory() -> None:
    found = judged("death", death=event(True, day(2)), last_known_alive=(day(5),))
    assert found.exclusion == "contradictory: known to be alive after the date of death"
    assert judged("death", death=event(True, day(2)), last_known_alive=(day(2),)) == POSITIVE


@pytest.mark.parametrize(
    ("death", "closes"),
    [(event(True, day(1)), True), (event(True), True), (event(None, day(1)), True), (event(False, day(1)), False)],
)
def test_a_death_closes_the_follow_up_of_other_events(death: Any, closes: bool) -> None:
    found = judged("icu_admission", icu=event(False), death=death)
    assert (found == NEGATIVE) is closes


@pytest.mark.parametrize("target", [target for target, _, _ in EVENTS])
def test_outcomes_are_judged_after_images_of_covid_19_alone(target: str) -> None:
    known = {"icu": event(False), "intubation": event(False), "death": event(False), "submitted": LATE}
    healthy = label(record(swab(False, SWAB), **known), TAKEN, target=target)
    assert healthy.exclusion == "not an image of COVID-19: outcomes are judged after it alone"
    outside = label(record(swab(True, day(-100)), **known), TAKEN, target=target)
    assert outside.exclusion == "outside the window of every positive swab"


def test_an_ambiguous_death_is_not_before_the_patients_last_image() -> None:
    died = event(True, date(2020, 4, 5), date(2020, 5, 4))
    patient = record(swab(True, SWAB), death=died, submitted=LATE)
    assert label(patient, TAKEN, images=[TAKEN], target="death") == POSITIVE
    assert label(patient, TAKEN, images=[TAKEN, date(2020, 4, 20)], target="death") == NEGATIVE


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("mild", NEGATIVE), ("moderate", POSITIVE), ("severe", POSITIVE), ("", None)],
)
def test_severity_is_that_of_the_days_reading(severity: str, expected: ImageLabel | None) -> None:
    patient = record(swab(True, SWAB), readings=(reading(severity, TAKEN), reading("severe", day(1))))
    found = label(patient, TAKEN, target="severity_moderate_or_worse")
    assert found == (expected or ImageLabel(positive=False, exclusion="a reading of that day without a severity"))


@pytest.mark.parametrize(
    ("severities", "exclusion"),
    [
        (("mild", "severe"), "two readings of that day differ"),
        (("moderate", "severe"), ""),
        ((), "no reading of that day"),
    ],
)
def test_readings_of_a_day_have_to_agree(severities: tuple[str, ...], exclusion: str) -> None:
    readings = tuple(reading(one, TAKEN) for one in severities)
    found = label(record(swab(True, SWAB), readings=readings), TAKEN, target="severity_moderate_or_worse")
    assert found.exclusion == exclusion
    assert found.positive is not bool(exclusion)


def test_an_ambiguous_death_is_not_before_the_day_last_known_alive() -> None:
    april, may = date(2020, 4, 5), date(2020, 5, 4)
    known: dict[str, Any] = {"death": event(True, april, may), "submitted": LATE}
    assert judged("death", **known) == POSITIVE
    assert judged("death", last_known_alive=(day(10),), **known) == NEGATIVE


def test_an_ambiguous_reading_is_of_the_day_of_an_image() -> None:
    patient = record(swab(True, SWAB), readings=(reading("severe", date(2020, 1, 4), date(2020, 4, 1)),))
    april, january = date(2020, 4, 1), date(2020, 1, 4)
    assert label(patient, april, target="severity_moderate_or_worse") == POSITIVE
    both = label(patient, april, images=[april, january], target="severity_moderate_or_worse")
    assert both.exclusion == "no reading of that day"


def test_severity_is_judged_on_images_of_covid_19_alone() -> None:
    readings = (reading("severe", TAKEN),)
    found = label(record(swab(False, SWAB), readings=readings), TAKEN, target="severity_moderate_or_worse")
    assert found.exclusion == "not an image of COVID-19: severity is read from those alone"
    outside = label(record(swab(True, day(-99)), readings=readings), TAKEN, target="severity_moderate_or_worse")
    assert outside.exclusion == "outside the window of every positive swab"
