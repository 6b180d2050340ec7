from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from labelled import SWAB, record, swab
from labelled import label as label_of

from nccid_eval.partition.clinical import Swab
from nccid_eval.partition.labels import ImageLabel

OTHER = SWAB + timedelta(days=100)
positive, negative = partial(swab, True), partial(swab, False)


def label(final: bool | None, swabs: list[Swab], taken: date | None, **known: Any) -> ImageLabel:
    return label_of(record(*swabs, final_status=final, **known), taken)


@pytest.mark.parametrize(
    ("days", "counts"), [(-15, False), (-14, True), (0, True), (28, True), (29, False), (-900, False)]
)
def test_a_positive_patients_image_is_positive_in_the_window_and_never_negative(days: int, counts: bool) -> None:
    found = label(True, [positive(SWAB)], SWAB + timedelta(days=days))
    assert (found.positive, not found.exclusion) == (counts, counts)


@pytest.mark.parametrize(("days", "counts"), [(-29, False), (-28, True), (28, True), (29, False)])
def test_a_negative_patients_image_counts_near_a_negative_swab(days: int, counts: bool) -> None:
    found = label(None, [negative(SWAB)], SWAB + timedelta(days=days))
    assert not found.positive
    assert bool(found.exclusion) is not counts


def test_any_of_several_positive_swabs_opens_a_window() -> None:
    assert label(None, [positive(SWAB), positive(OTHER)], OTHER) == ImageLabel(positive=True)


def test_an_image_near_a_negative_swab_of_a_positive_patient_is_excluded() -> None:
    found = label(None, [negative(SWAB), positive(OTHER)], SWAB)
    assert found.exclusion == "outside the window of every positive swab"


@pytest.mark.parametrize(
    ("final", "swabs", "reason"),
    [
        (True, [negative(SWAB), negative(SWAB)], "contradictory: a positive final status and negative swabs alone"),
        (False, [positive(SWAB)], "contradictory: a positive swab and a negative final status"),
        (True, [], "no date of a positive swab"),
        (True, [positive()], "no date of a positive swab"),
        (False, [], "no date of a negative swab"),
        (None, [negative()], "no date of a negative swab"),
        (None, [], "the clinical record holds no test result"),
    ],
)
def test_what_cannot_be_judged_is_excluded_with_its_reason(
    final: bool | None, swabs: list[Swab], reason: str
) -> None:
    assert label(final, swabs, SWAB).exclusion == reason


@pytest.mark.parametrize("kind", ["positive", "negative"])
@pytest.mark.parametrize("day", [date(2019, 11, 30), date(2017, 3, 31), date(2021, 3, 2)])
def test_a_swab_that_cannot_have_been_taken_that_day_shows_nothing_of_it(day: date, kind: str) -> None:
    slip = swab(kind == "positive", day)
    found = label(None, [slip], day, submitted=date(2021, 3, 1))
    assert found.exclusion == f"impossible date of every {kind} swab"
    assert label(None, [slip, positive(SWAB)], SWAB, submitted=date(2021, 3, 1)) == ImageLabel(positive=True)


def test_two_negative_swabs_do_not_undo_a_positive_one() -> None:
    assert label(True, [negative(SWAB), negative(SWAB), positive(SWAB)], SWAB) == ImageLabel(positive=True)


def test_an_image_without_a_date_is_excluded() -> None:
    assert label(True, [positive(SWAB)], None).exclusion == "the image has no date"


def test_an_ambiguous_swab_date_is_settled_by_the_images() -> None:
    ambiguous = positive(date(2020, 3, 10), date(2020, 10, 3))
    assert label(None, [ambiguous], date(2020, 10, 5)) == ImageLabel(positive=True)
