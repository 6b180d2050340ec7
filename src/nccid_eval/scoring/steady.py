"""Numbers with so many digits as every processor agrees on.

A linear algebra library sums in another order on another kind of processor, and a vector unit has another last bit
of a logarithm: the same journal gives numbers that differ from their 12th digit on, at worst. Nine digits are
the same everywhere, so a run that is scored again on another machine gives the same bytes; nobody reads more.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from nccid_eval.records import Comparison, Criterion, NotEstimable, Plan, Scorecard

DIGITS = 9
NOTHING = 1e-12  # what is nearer to 0 is what rounding left over
AS_GIVEN = (Plan, Criterion, NotEstimable)
KEEP = frozenset({"threshold", "margin"})  # stated, not computed; a point of a curve is found again by its threshold
CHANCES = frozenset({"p", "p_adjusted"})  # may lie as near to 0 as they like
Whole = TypeVar("Whole", Scorecard, Comparison)


def steady(record: Whole) -> Whole:
    """The same record, its computed numbers rounded. Doing it twice changes nothing."""
    found: Whole = _steady(record, "")
    return found


def _steady(value: Any, name: str) -> Any:
    """`name` is the field that holds the value."""
    if isinstance(value, float):
        return value if name in KEEP else _rounded(value, NOTHING if name not in CHANCES else 0.0)
    if isinstance(value, AS_GIVEN):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
        changed = {key: _steady(one, key) for key, one in fields.items() if not isinstance(one, str | int | None)}
        return dataclasses.replace(value, **changed)
    if isinstance(value, Mapping):
        return {key: _steady(one, name) for key, one in value.items()}
    return tuple(_steady(one, name) for one in value) if isinstance(value, tuple) else value


def _rounded(value: float, nothing: float) -> float:
    return 0.0 if abs(value) <= nothing else float(f"{value:.{DIGITS}g}")
