"""One date cell of a spreadsheet -> the dates that it can mean.

NCCID's forms ask for US dates, its status files for UK dates, and sites write what they write. A cell is therefore
read into one or two candidates, the convention's reading first; which of two holds is settled later, with the
patient's image dates (`settle`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum

from nccid_eval.partition.clinical.cells import (
    OUT_OF_RANGE,
    UNPARSEABLE,
    Cleaned,
    Entry,
    ambiguous,
    ok,
    recoded,
)

Candidates = tuple[date, ...]


class Settled(StrEnum):
    """What decided which of its readings a date holds."""

    ONE_READING = "one reading"
    CALENDAR = "calendar"  # the other lies before the pandemic or after the file was submitted
    IMAGES = "images"  # an image lies near it, and none near the other
    CONVENTION = "convention"  # of the field, as neither or both have an image near


PANDEMIC_START = date(2019, 12, 1)  # no swab for COVID-19 was taken before
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_SERIALS = range(20000, 60000)  # 1954 to 2064
_CENTURY_PIVOT = 70  # two-digit years below it are of this century

_BRACKETED = re.compile(r"^\[.*\]\s*-\s*(.+)$", re.DOTALL)
_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_SLASHED = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?:[T ,].*)?$")
_SERIAL = re.compile(r"^(\d{5})(?:\.\d+)?$")
_DAY_MONTH_NAME = re.compile(
    r"^(?P<d>\d{1,2})(?:st|nd|rd|th)?[-/. ]?(?P<m>[a-z]{3,9})[-/., ]+(?P<y>\d{4}|\d{2})$", re.I
)
_MONTH_NAME_DAY = re.compile(
    r"^(?P<m>[a-z]{3,9})[-/. ]+(?P<d>\d{1,2})(?:st|nd|rd|th)?[-/., ]+(?P<y>\d{4}|\d{2})$", re.I
)
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


def read_date(value: object, *, day_first: bool) -> Candidates:
    """The dates that a cell can mean, the likelier first; empty when it is none.

    Reads UK and US dates, ISO 8601, `[Text] - ISO`, `31-Mar-2020`, Excel serial days and two-digit years. `day_first`
    is the convention of the field; the other order is tried where both readings are possible or the first is not.
    """
    if isinstance(value, bool) or value is None:
        return ()
    text = _unbracket(str(value).strip())
    if serial := _SERIAL.match(text):
        return _from_serial(int(serial.group(1)))
    if iso := _ISO.match(text) or _COMPACT.match(text):
        return _valid((int(iso.group(1)), int(iso.group(2)), int(iso.group(3))))
    if slashed := _SLASHED.match(text):
        return _from_parts(int(slashed.group(1)), int(slashed.group(2)), _year(slashed.group(3)), day_first)
    if named := _DAY_MONTH_NAME.match(text) or _MONTH_NAME_DAY.match(text):
        return _valid((_year(named["y"]), _month(named["m"]), int(named["d"])))
    return ()


def clean_date(entry: Entry) -> Cleaned:
    """An ISO date. Two readings are ambiguous, whichever is taken; `settle_cells` decides again, with the images.

    A date that no calendar has, one before the field's earliest and one after the file was submitted cannot be.
    """
    text, field = entry.text, entry.field
    candidates = read_date(text, day_first=field.day_first)
    latest = entry.facts.submitted or date.max
    possible = [one for one in candidates if field.earliest <= one <= latest]
    if not possible:
        return OUT_OF_RANGE if candidates or _looks_like_a_date(_unbracket(text)) else UNPARSEABLE
    value = possible[0].isoformat()
    if len(candidates) > 1:
        return ambiguous(value)
    return (ok if _in_order(text, possible[0], field.day_first) else recoded)(value)


def settle(candidates: Candidates, *, images: Sequence[date], submitted: date | None, days: int) -> date | None:
    """One date out of the candidates of a swab.

    A reading before the pandemic or after the file was submitted gives way to one that is neither. Then the
    convention's reading (the first) holds, unless no image lies within `days` of it and one does of the other.
    """
    return arbitrate(candidates, images=images, submitted=submitted, days=days)[0]


def arbitrate(
    candidates: Candidates, *, images: Sequence[date], submitted: date | None, days: int
) -> tuple[date | None, Settled]:
    """What `settle` gives, and what decided it."""
    plausible = [one for one in candidates if can_be(one, submitted)] or list(candidates)
    near = [one for one in plausible if any(abs((image - one).days) <= days for image in images)]
    chosen = next(iter(near or plausible), None)
    if len(candidates) < 2:
        return chosen, Settled.ONE_READING
    if len(plausible) < 2:
        return chosen, Settled.CALENDAR
    return chosen, Settled.IMAGES if len(near) == 1 else Settled.CONVENTION


def can_be(day: date, submitted: date | None) -> bool:
    """Whether a swab or what came of it may lie on a day that a file of this date tells of."""
    return PANDEMIC_START <= day <= (submitted or date.max)


def _in_order(text: str, chosen: date, day_first: bool) -> bool:
    """Is it written with slashes, in the order that the form asks for?"""
    slashed = _SLASHED.match(text)
    day, month = (1, 2) if day_first else (2, 1)
    return slashed is not None and (int(slashed.group(day)), int(slashed.group(month))) == (chosen.day, chosen.month)


def _unbracket(text: str) -> str:
    bracketed = _BRACKETED.match(text)
    return bracketed.group(1).strip() if bracketed else text


def _looks_like_a_date(text: str) -> bool:
    return any(shape.match(text) for shape in (_SERIAL, _ISO, _COMPACT, _SLASHED, _DAY_MONTH_NAME, _MONTH_NAME_DAY))


def _month(name: str) -> int:
    """1 to 12 by three letters or more; 0 for what is no month."""
    return next((at for at, month in enumerate(_MONTHS, start=1) if month.startswith(name.casefold())), 0)


def _from_parts(first: int, second: int, year: int, day_first: bool) -> Candidates:
    orders = [(year, second, first), (year, first, second)]
    return _valid(*(orders if day_first else reversed(orders)))


def _from_serial(days: int) -> Candidates:
    return (_EXCEL_EPOCH + timedelta(days=days),) if days in _EXCEL_SERIALS else ()


def _year(text: str) -> int:
    if len(text) == 4:
        return int(text)
    return int(text) + (2000 if int(text) < _CENTURY_PIVOT else 1900)


def _valid(*orders: tuple[int, int, int]) -> Candidates:
    found: list[date] = []
    for year, month, day in orders:
        try:
            one = date(year, month, day)
        except ValueError:
            continue
        if one not in found:
            found.append(one)
    return tuple(found)
