"""A cell of a clinical file: what was written, what it is read as, and how sure that reading is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from nccid_eval.partition.text import fold

CONFLICT = " | "  # between the texts of a cell that was written twice
_UNKNOWN_WORDS = frozenset({
    "unknown", "unk", "n/k", "nk", "n/a", "na", "#n/a", "n/r", "nr", "n/d", "nd", "nan", "null", "none", "missing",
    "unspecified", "-", "--", "---", ".", "?", "not known", "not recorded", "not available", "not stated", "not done",
    "not applicable", "not performed",
})  # fmt: skip


class Reason(StrEnum):
    """How a cell was read. Only `ok`, `recoded` and `ambiguous` have a value."""

    OK = "ok"  # as the form asks for it
    MISSING = "missing"  # blank, not there, or a code for unknown
    RECODED = "recoded"  # understood, though written otherwise than the form asks
    AMBIGUOUS = "ambiguous"  # two readings are possible, and one was chosen by a rule
    OUT_OF_RANGE = "out_of_range"  # a number or date that cannot be
    UNPARSEABLE = "unparseable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """`raw` is the text as written, `value` the cleaned one as text ('' for none), in the field's own unit."""

    field: str  # the schema's name of the field
    raw: str
    value: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What a cleaning function makes of a text."""

    value: str
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What a cleaning function may know of the file that a cell stands in."""

    site: str
    submitted: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """The codes of a field and other spellings of them, all folded, each with the value that it stands for."""

    by_code: Mapping[str, str]
    words: Mapping[str, str]
    unknown: frozenset[str] = frozenset()
    several: bool = False  # more than one code may stand in a cell
    with_text: str = ""  # the code that the form asks to be followed by text


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One row of the schema. `headers` are what the field goes under, compared folded; numbers are in `unit`."""

    name: str
    headers: tuple[str, ...]
    clean: Cleaner
    unit: str = ""
    low: float = 0.0
    high: float = 0.0
    whole: bool = False
    codes: Codes = field(default_factory=lambda: Codes(by_code={}, words={}))
    day_first: bool = False
    earliest: date = date(1900, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a cleaning function is given: a text that is not blank, white space collapsed, and where it stands."""

    text: str
    field: Field
    facts: FileFacts


Cleaner = Callable[[Entry], Cleaned]

MISSING = Cleaned("", Reason.MISSING)
OUT_OF_RANGE = Cleaned("", Reason.OUT_OF_RANGE)
UNPARSEABLE = Cleaned("", Reason.UNPARSEABLE)


def ok(value: str) -> Cleaned:
    return Cleaned(value, Reason.OK)


def recoded(value: str) -> Cleaned:
    return Cleaned(value, Reason.RECODED)


def ambiguous(value: str) -> Cleaned:
    return Cleaned(value, Reason.AMBIGUOUS)


def says_unknown(text: str, codes: Codes) -> bool:
    """A word for unknown, unless it is one of the field's own words."""
    folded = fold(text)
    return folded in codes.unknown or (folded in _UNKNOWN_WORDS and folded not in codes.words)


def raw_text(value: object) -> str:
    """Any JSON value as text that can be stored: a string as it is, all else as JSON writes it."""
    if value is None:
        return ""
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "(nested too deeply to be written)"
    return text.encode("utf-8", "backslashreplace").decode()  # JSON may hold half a character
