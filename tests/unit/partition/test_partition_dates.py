from datetime import date

import pytest

from nccid_eval.partition.clinical.dates import read_date, settle

MARCH = date(2020, 3, 31)
APRIL_THIRD, MARCH_FOURTH = date(2020, 4, 3), date(2020, 3, 4)


@pytest.mark.parametrize(
    "text",
    [
        "03/31/2020",
        "3/31/20",
        "31/03/2020",
        "31-03-2020",
        "2020-03-31",
        "2020-03-31T09:10:11",
        "20200331",
        "[Text] - 2020-03-31",
        "[137/91] - 2020-03-31",
        "43921",
        "43921.5",
        43921,
        "31.03.20",
        " 31/03/2020 10:22",
    ],
)
@pytest.mark.parametrize("day_first", [True, False])
def test_a_date_that_can_mean_one_thing_is_read_in_either_convention(text: object, day_first: bool) -> None:
    assert read_date(text, day_first=day_first) == (MARCH,)


def test_an_ambiguous_date_has_both_readings_the_convention_first() -> None:
    assert read_date("03/04/2020", day_first=True) == (APRIL_THIRD, MARCH_FOURTH)
    assert read_date("03/04/2020", day_first=False) == (MARCH_FOURTH, APRIL_THIRD)
    assert read_date("04/04/2020", day_first=False) == (date(2020, 4, 4),)


@pytest.mark.parametrize(
    "text", ["", "  ", None, "31/31/2020", "n/a", "[67] - ", True, "2020", "1234567", {}, "99999"]
)
def test_what_is_no_date_has_no_reading(text: object) -> None:
    assert read_date(text, day_first=True) == ()


def test_two_digit_years_are_of_this_century_up_to_69() -> None:
    assert read_date("31/12/69", day_first=True) == (date(2069, 12, 31),)
    assert read_date("31/12/80", day_first=True) == (date(1980, 12, 31),)


def test_the_conventions_reading_holds_unless_only_the_other_has_an_image_near() -> None:
    both = (MARCH_FOURTH, APRIL_THIRD)
    assert settle(both, images=[], submitted=None, days=5) == MARCH_FOURTH
    assert settle(both, images=[date(2020, 4, 8)], submitted=None, days=5) == APRIL_THIRD
    assert settle(both, images=[date(2020, 4, 9)], submitted=None, days=5) == MARCH_FOURTH
    assert settle(both, images=[date(2020, 4, 3), date(2020, 3, 4)], submitted=None, days=5) == MARCH_FOURTH


def test_a_reading_after_submission_or_before_the_pandemic_gives_way() -> None:
    images = [APRIL_THIRD]
    assert settle((APRIL_THIRD, MARCH_FOURTH), images=images, submitted=date(2020, 4, 1), days=5) == MARCH_FOURTH
    early, late = date(2019, 1, 12), date(2019, 12, 1)
    assert settle((early, late), images=[early], submitted=None, days=5) == late
    assert settle((early,), images=[], submitted=None, days=5) == early
    assert settle((), images=images, submitted=None, days=5) is None
