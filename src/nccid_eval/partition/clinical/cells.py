"""A cell of a clinical file: what was written, what it is read as, and how sure that reading is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
