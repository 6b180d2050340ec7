"""How sites wrote dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from nccid_eval.synthetic.draft import Draft
from nccid_eval.synthetic.quirks.row import Change, Quirk, negative, positive, single_swab, with_images

_PANDEMIC = date(2020, 1, 1)


def _style(style: str, *, labelled: bool = True) -> Change:
    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        files = tuple(replace(file, date_style=style) for file in draft.clinical)
        return replace(draft, clinical=files, labelled=draft.labelled and labelled)

    return change


def _swapped(day: date) -> date | None:
    """The other reading of a date whose day and month can be exchanged."""
    return date(day.year, day.day, day.month) if day.day <= 12 and day.day != day.month else None


def _told_by_images(draft: Draft) -> bool:
    """The other reading of the swab's date is possible, and far from every image that the true one makes count."""
    other = _swapped(draft.patient.swab)
    judged = [image for image in draft.patient.images if image.diseased is not None]
    far = bool(other) and all(abs((image.day - other).days) > 45 for image in draft.patient.images if other)
    return bool(judged) and far and other is not None and other >= _PANDEMIC


def _told_by_images_positive(draft: Draft) -> bool:
    return positive(draft) and _told_by_images(draft)


def _told_by_images_negative(draft: Draft) -> bool:
    return single_swab(draft) and _told_by_images(draft)


ROWS = (
    Quirk(
        name="dates_iso",
        what="2020-03-31",
        probability=0.05,
        applies=with_images,
        change=_style("iso"),
    ),
    Quirk(
        name="dates_text_iso",
        what="[Text] - 2020-03-31",
        probability=0.04,
        applies=positive,
        change=_style("text_iso"),
    ),
    Quirk(
        name="dates_excel_serial",
        what="a spreadsheet's day number as text, 43921",
        probability=0.03,
        applies=with_images,
        change=_style("excel_serial"),
    ),
    Quirk(
        name="dates_two_digit_year",
        what="3/31/20",
        probability=0.08,
        applies=with_images,
        change=_style("two_digit_year"),
    ),
    Quirk(
        name="dates_uk_in_positive",
        what="day first in a positive's form, where no month can be meant",
        probability=0.04,
        applies=positive,
        change=_style("uk_when_plain"),
    ),
    Quirk(
        name="dates_us_in_negative",
        what="month first in a status file, where no month can be meant",
        probability=0.01,
        applies=negative,
        change=_style("us_when_plain"),
    ),
    Quirk(
        name="dates_excel_number",
        what="a spreadsheet's day number as a JSON number",
        probability=0.01,
        applies=with_images,
        change=_style("excel_serial_number"),
    ),
    Quirk(
        name="dates_excel_decimal",
        what="a spreadsheet's day number as 43921.0",
        probability=0.01,
        applies=with_images,
        change=_style("excel_serial_decimal"),
    ),
    Quirk(
        name="dates_iso_time",
        what="2020-03-31 00:00:00",
        probability=0.01,
        applies=with_images,
        change=_style("iso_time"),
    ),
    Quirk(
        name="dates_compact",
        what="20200331",
        probability=0.01,
        applies=with_images,
        change=_style("compact"),
    ),
    Quirk(
        name="dates_month_name",
        what="31-Mar-2020",
        applies=with_images,
        change=_style("month_name"),
    ),
    Quirk(
        name="dates_ambiguous_positive",
        what="day first in a positive's form, where the images alone tell which is meant",
        applies=_told_by_images_positive,
        change=_style("other_order"),
    ),
    Quirk(
        name="dates_ambiguous_negative",
        what="month first in a status file, where the images alone tell which is meant",
        applies=_told_by_images_negative,
        change=_style("other_order"),
    ),
    Quirk(
        name="dates_in_words",
        what="a negative swab of unknown date",
        applies=single_swab,
        change=_style("words", labelled=False),
    ),
)
