"""One date cell of a spreadsheet -> the dates that it can mean.

NCCID's forms ask for US dates, its status files for UK dates, and sites write what they write. A cell is therefore
read into one or two candidates, the convention's reading first; which of two holds is settled later, with the
patient's image dates (`settle`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

Candidates = tuple[date, ...]

PANDEMIC_START = date(2019, 12, 1)  # no swab for COVID-19 was taken before
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_SERIALS = range(20000, 60000)  # 1954 to 2064
_CENTURY_PIVOT = 70  # two-digit years below it are of this century

_BRACKETED = re.compile(r"^\[.*\]\s*-\s*(.+)$", re.DOTALL)
_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_SLASHED = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?:[T ,].*)?$")
_SERIAL = re.compile(r"^(\d{5})(?:\.\d+)?$")


def read_date(value: object, *, day_first: bool) -> Candidates:
    """The dates that a cell can mean, the likelier first; empty when it is none.

    Reads UK and US dates, ISO 8601, `[Text] - ISO`, Excel serial days and two-digit years. `day_first` is the
    convention of the field; the other order is tried where both readings are possible or the first is impossible.
    """
    if isinstance(value, bool) or value is None:
        return ()
    text = str(value).strip()
    if bracketed := _BRACKETED.match(text):
        text = bracketed.group(1).strip()
    if serial := _SERIAL.match(text):
        return _from_serial(int(serial.group(1)))
    if iso := _ISO.match(text) or _COMPACT.match(text):
        return _valid((int(iso.group(1)), int(iso.group(2)), int(iso.group(3))))
    if slashed := _SLASHED.match(text):
        return _from_parts(int(slashed.group(1)), int(slashed.group(2)), _year(slashed.group(3)), day_first)
    return ()


def settle(candidates: Candidates, *, images: Sequence[date], submitted: date | None, days: int) -> date | None:
    """One date out of the candidates of a swab.

    A reading before the pandemic or after the file was submitted gives way to one that is neither. Then the
    convention's reading (the first) holds, unless no image lies within `days` of it and one does of the other.
    """
    latest = submitted or date.max
    plausible = [one for one in candidates if PANDEMIC_START <= one <= latest] or list(candidates)
    near = [one for one in plausible if any(abs((image - one).days) <= days for image in images)]
    return next(iter(near or plausible), None)


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
