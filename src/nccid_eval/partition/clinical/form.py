"""A clinical file's values by header -> a cell for every field of the form.

A value may be written under two headers, or in the file and in its `SegmentationData` as well. The first that can
be read counts, `SegmentationData` before the file; where they do not agree, the cell is ambiguous. Its raw text holds
them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from nccid_eval.partition.clinical.cells import (
    CONFLICT,
    MISSING,
    UNPARSEABLE,
    Cell,
    Cleaned,
    Entry,
    Field,
    FileFacts,
    Reason,
    raw_text,
    recoded,
    says_unknown,
)
from nccid_eval.partition.clinical.codes import clean_name
from nccid_eval.partition.clinical.dates import Candidates, clean_date, read_date
from nccid_eval.partition.clinical.schema import BY_NAME, FIELDS, IGNORED, UNKNOWN_HEADER
from nccid_eval.partition.text import collapse, fold

Values = Mapping[str, Sequence[Any]]  # all that stands under a folded header, what counts first

_HEADERS = {field.name: tuple(fold(header) for header in field.headers) for field in FIELDS}
_KNOWN = IGNORED.union(*_HEADERS.values())
_ABSENT = {field.name: Cell(field=field.name, raw="", value="", reason=Reason.MISSING) for field in FIELDS}
_DATED = re.compile(r"\[ ?(.*?) ?\](?: ?- ?.*)?")  # `[value] - date`
_READ_WHOLE = (clean_date, clean_name)  # a date stands behind its bracket, and a name is what it is
_DECIMAL = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_IN_ROWS = ("swab_status", "swab_date")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """`cells` of every field, by its name; `swabs` are status and date of each swab of a status file."""

    by_name: Mapping[str, Cell]
    swabs: tuple[tuple[Cell, Cell], ...]
    cells: tuple[Cell, ...]  # all of them: those of listed swabs and of unknown headers too


def fold_headers(*documents: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """The values of each folded header, the earlier document's first; blanks only where there is nothing else."""
    found: dict[str, tuple[Any, ...]] = {}
    for document in documents:
        for header, value in document.items():
            before = found.setdefault(fold(header), ())
            if not is_blank(value):
                found[fold(header)] = (*(one for one in before if not is_blank(one)), value)
            elif not before:
                found[fold(header)] = (value,)
    return found


def clean_form(values: Values, *, submitted: date | None) -> Form:
    """Every field of the form as a cell; never raises for what is in them."""
    site = collapse(raw_text(next(iter(_values_of("submitting_centre", values)), None)))
    facts = FileFacts(site=site, submitted=submitted)
    by_name = {field.name: _clean_field(field, _values_of(field.name, values), facts) for field in FIELDS}
    rows, odd = _swab_rows(values)
    swabs = [tuple(_clean_field(BY_NAME[one], _values_of(one, row), facts) for one in _IN_ROWS) for row in rows]
    listed = [cell for pair in swabs for cell in pair]
    alone = not any(_values_of(name, values) for name in _IN_ROWS)
    single = [cell for name, cell in by_name.items() if not (listed and alone and name in _IN_ROWS)]
    pairs = tuple((status, taken) for status, taken in (*swabs, tuple(by_name[one] for one in _IN_ROWS)))
    unread = [_unread(f"SwabDates: {raw_text(one)}") for one in odd] + list(_unknown_headers(values))
    return Form(by_name=by_name, swabs=pairs, cells=(*single, *listed, *unread))


def candidates(cell: Cell) -> Candidates:
    """All that a date cell can mean, the likelier first."""
    return read_date(collapse(cell.raw.split(CONFLICT)[0]), day_first=BY_NAME[cell.field].day_first)


def is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _values_of(name: str, values: Values) -> list[Any]:
    return [value for header in _HEADERS[name] for value in values.get(header, ())]


def _clean_field(field: Field, values: Sequence[Any], facts: FileFacts) -> Cell:
    if not values:
        return _ABSENT[field.name]
    found = sorted(((_clean(field, one, facts), raw_text(one)) for one in values), key=lambda one: not one[0].value)
    cleaned, raw = found[0]
    reason = cleaned.reason
    if not all(_agree(cleaned.value, one.value) for one, _ in found if one.value):
        reason = Reason.AMBIGUOUS
    texts = dict.fromkeys((raw, *(other for _, other in found)))
    return Cell(field=field.name, raw=CONFLICT.join(texts), value=cleaned.value, reason=reason)


def _agree(one: str, other: str) -> bool:
    """The same, or numbers of which one is the other cut or rounded to fewer decimals, as ages are."""
    if one == other or not (_DECIMAL.fullmatch(one) and _DECIMAL.fullmatch(other)):
        return one == other
    decimals = min(len(number.partition(".")[2]) for number in (one, other))
    return abs(float(one) - float(other)) < 10.0**-decimals


def _clean(field: Field, value: object, facts: FileFacts) -> Cleaned:
    if isinstance(value, bool | dict | list):
        return UNPARSEABLE
    text = collapse(raw_text(value))
    dated = None if field.clean in _READ_WHOLE else _DATED.fullmatch(text)
    inner = dated.group(1) if dated else text
    if not inner or says_unknown(inner, field.codes):
        return MISSING
    cleaned = field.clean(Entry(text=inner, field=field, facts=facts))
    return recoded(cleaned.value) if dated and cleaned.reason is Reason.OK else cleaned


def _swab_rows(values: Values) -> tuple[list[Values], list[Any]]:
    """The rows of `SwabDates`, which may be one object; and what in it is no row."""
    listed = [one for value in values.get("swabdates", ()) for one in (value if isinstance(value, list) else [value])]
    rows = [fold_headers(one) for one in listed if isinstance(one, dict)]
    return list(rows), [one for one in listed if not isinstance(one, dict) and not is_blank(one)]


def _unknown_headers(values: Values) -> Iterator[Cell]:
    for header, written in values.items():
        if header not in _KNOWN:
            yield from (_unread(f"{raw_text(header)}: {raw_text(one)}") for one in written if not is_blank(one))


def _unread(raw: str) -> Cell:
    return Cell(field=UNKNOWN_HEADER, raw=raw, value="", reason=Reason.UNPARSEABLE)
