"""Which tests count, images of before the window, and what a record says against itself."""

from datetime import date, timedelta
from typing import Any

import pytest
from labelled import SWAB, event, label, record, swab

from nccid_eval.partition.labels import ImageLabel, contradictions

LATER = SWAB + timedelta(days=60)
POSITIVE, NEGATIVE = ImageLabel(positive=True), ImageLabel(positive=False)
FINAL = ("rt_pcr", "final_status")


@pytest.mark.parametrize("source", ["rt_pcr", "status", "positive_date"])
def test_a_test_counts_if_the_rules_name_its_source(source: str) -> None:
    patient = record(swab(True, SWAB, source=source))
    others = tuple(one for one in ("rt_pcr", "status", "positive_date") if one != source)
    assert label(patient, SWAB, swabs=(source,)) == POSITIVE
    assert label(patient, SWAB, swabs=others).exclusion == "the clinical record holds no test result"


def test_a_test_that_does_not_count_contradicts_nothing() -> None:
    patient = record(swab(True, SWAB, source="positive_date"), swab(False, SWAB), final_status=False)
    assert label(patient, SWAB).exclusion.startswith("contradictory")
    assert label(patient, SWAB, swabs=("rt_pcr",)) == NEGATIVE


@pytest.mark.parametrize(
    ("final", "swabs", "taken", "expected"),
    [
        (True, [swab(False, SWAB), swab(False, LATER)], SWAB, POSITIVE),
        (True, [swab(False, SWAB), swab(True, LATER)], SWAB, None),
        (True, [swab(False, SWAB), swab(True, LATER)], LATER, POSITIVE),
        (True, [swab(True), swab(False, SWAB)], SWAB, POSITIVE),
        (False, [swab(True, SWAB)], SWAB, NEGATIVE),
        (None, [swab(True, SWAB)], SWAB, POSITIVE),
    ],
)
def test_a_final_status_that_counts_decides_alone_and_borrows_the_swabs_dates(
    final: bool | None, swabs: list[Any], taken: date, expected: ImageLabel | None
) -> None:
    found = label(record(*swabs, final_status=final), taken, swabs=FINAL)
    assert found == (expected or ImageLabel(positive=False, exclusion="outside the window of every positive swab"))


@pytest.mark.parametrize(("final", "kind"), [(True, "positive"), (False, "negative")])
def test_a_final_status_without_any_date_is_excluded(final: bool, kind: str) -> None:
    assert label(record(final_status=final), SWAB, swabs=FINAL).exclusion == f"no date of a {kind} swab"


@pytest.mark.parametrize(
    ("taken", "negative"),
    [(date(2019, 10, 31), True), (date(2019, 11, 1), False), (date(2017, 1, 1), True), (date(2021, 1, 1), False)],
)
def test_an_image_of_before_the_disease_is_negative_where_the_rules_say_so(taken: date, negative: bool) -> None:
    patient = record(swab(True, SWAB))
    found = label(patient, taken, before_window="negative", negative_until="2019-10-31")
    outside = ImageLabel(positive=False, exclusion="outside the window of every positive swab")
    assert found == (NEGATIVE if negative else outside)
    assert label(patient, taken) == outside


def test_an_image_in_the_window_is_positive_whatever_was_free_of_disease() -> None:
    early = record(swab(True, date(2019, 12, 1)), swab(True, SWAB))
    before: dict[str, Any] = {"before_window": "negative", "negative_until": "2019-12-31"}
    assert label(early, date(2019, 12, 29), **before) == POSITIVE
    found = label(early, date(2019, 12, 30), **before)
    assert found.exclusion == "outside the window of every positive swab"


def test_a_negative_patients_old_image_stays_excluded() -> None:
    found = label(record(swab(False, SWAB)), date(2018, 1, 1), before_window="negative", negative_until="2019-10-31")
    assert found.exclusion == "outside the window of every negative swab"


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ({"final_status": True, "swabs": (swab(True, SWAB),), "is_data": True}, ()),
        (
            {"final_status": True, "swabs": (swab(False, SWAB), swab(False, LATER))},
            (
                "negative RT-PCRs alone and a positive final status",
                "a positive final status and negative swabs alone",
            ),
        ),
        (
            {"final_status": True, "swabs": (swab(False, SWAB), swab(True, LATER, source="positive_date"))},
            ("negative RT-PCRs alone and a positive final status",),
        ),
        ({"final_status": False, "swabs": (swab(True, SWAB),)}, ("a positive swab and a negative final status",)),
        ({"swabs": (swab(False, SWAB), swab(True, SWAB, source="status"))}, ("tests of one day that differ",)),
        ({"swabs": (swab(False, SWAB, LATER), swab(True, SWAB))}, ()),
        (
            {"swabs": (swab(True, SWAB, source="status"),), "is_data": False},
            ("a positive swab in a status_ file, which is one of a negative patient",),
        ),
        (
            {"final_status": False, "is_data": True},
            ("a negative final status in a data_ file, which is one of a positive patient",),
        ),
        ({"final_status": False, "is_data": False}, ()),
        ({"icu": event(False, SWAB)}, ("no admission to intensive care, and a date of it",)),
        ({"intubation": event(False, SWAB)}, ("no intubation, and a date of it",)),
        ({"death": event(False, SWAB)}, ("no death, and a date of it",)),
        (
            {"icu": event(False), "intubation": event(True)},
            ("intubation without admission to intensive care",),
        ),
        (
            {"death": event(True, SWAB), "last_known_alive": (LATER,)},
            ("known to be alive after the date of death",),
        ),
        ({"death": event(True, SWAB), "admission": (LATER,)}, ("a date of death before that of admission",)),
        ({"death": event(True, SWAB, LATER), "admission": (LATER,), "last_known_alive": (LATER,)}, ()),
    ],
)
def test_contradictions_are_listed_in_words_without_values(known: dict[str, Any], found: tuple[str, ...]) -> None:
    fields = {name: value for name, value in known.items() if name != "swabs"}
    assert contradictions(record(*known.get("swabs", ()), **fields)) == found
