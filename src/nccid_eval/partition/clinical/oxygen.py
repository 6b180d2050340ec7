"""FiO2, the share of oxygen breathed in, in percent, out of every notation that sites use.

Percent (`35%`, `35`), a share (`0.35`), litres a minute (`10L`, `2 L/min`), a venturi valve's colour, room air.
Litres become percent by NCCID's table, in a straight line between its rows; more than 15 litres a minute are either a
mask at the table's end or a high-flow device whose share is not said: ambiguous, read as the table's end.
A bare number of 15 or less, as no percent can be, is taken for litres, and is ambiguous.
"""

from __future__ import annotations

import re

from nccid_eval.partition.clinical.cells import (
    OUT_OF_RANGE,
    UNPARSEABLE,
    Cleaned,
    Entry,
    Field,
    ambiguous,
    ok,
    recoded,
)
from nccid_eval.partition.clinical.numbers import format_number
from nccid_eval.partition.text import fold

_AIR = 21.0
_BY_LITRES = (_AIR, 25.0, 29.0, 33.0, 37.0, 41.0, 45.0, 41.0, 47.0, 53.0, 60.0, 80.0, 85.0, 90.0, 95.0, 100.0)
_LAST_LITRES = len(_BY_LITRES) - 1
_MOST_LITRES = 70.0  # of high-flow devices
_BY_COLOUR = {"blue": 24.0, "white": 28.0, "orange": 31.0, "yellow": 35.0, "red": 40.0, "green": 60.0}

_FIGURE = r"([0-9]+(?:[.,][0-9]+)?|\.[0-9]+)"
_BARE = re.compile(_FIGURE)
_PERCENT = re.compile(_FIGURE + r" ?(?:%|percent|per cent)")
_VENTURI = re.compile(r"(?<![a-z])v(?:enturi)? ?([0-9]{2})(?![0-9])")
_FLOW = re.compile(_FIGURE + r" ?(?:l|lt|ltrs?|lit(?:re|er)s?|lpm)(?![a-z])")
_ROOM_AIR = re.compile(r"(?<![a-z])(?:r/?a|o/?a|air)(?![a-z])")
_SPAN = re.compile(r"[0-9] ?(?:-|–|to) ?[0-9]")


def clean_fio2(entry: Entry) -> Cleaned:
    """Percent. Notations that disagree are ambiguous: percent and valves count before litres, these before air."""
    field, written = entry.field, fold(entry.text)
    plain = re.sub(r"^fio2 ?[:=]? ?", "", written)
    if plain == "no":  # under the header "Any supplemental oxygen: FiO2"
        return recoded(format_number(_AIR))
    if _BARE.fullmatch(plain):
        return _bare(_number(plain), field, as_asked=plain == written)
    said = _said(plain)
    if not said:
        return UNPARSEABLE
    flows = [] if _named(plain) else _flows(plain)
    if plain.startswith("-") or not field.low <= said[0] <= field.high or max(flows, default=0.0) > _MOST_LITRES:
        return OUT_OF_RANGE
    unsure = len(set(said)) > 1 or bool(_SPAN.search(plain)) or max(flows, default=0.0) > _LAST_LITRES
    return (ambiguous if unsure else recoded)(format_number(said[0]))


def _bare(number: float, field: Field, *, as_asked: bool) -> Cleaned:
    if field.low <= number <= field.high:
        return (ok if as_asked else recoded)(format_number(number))
    if field.low <= number * 100.0 < 100.0:
        return recoded(format_number(number * 100.0))
    if number == 0.0 or 1.0 <= number <= _LAST_LITRES:
        return ambiguous(format_number(_share(number)))
    return OUT_OF_RANGE


def _said(plain: str) -> list[float]:
    """What the text says in percent, the surest first."""
    named = _named(plain)
    air = [_AIR] if _ROOM_AIR.search(plain) else []
    return [*(named or [_share(one) for one in _flows(plain)]), *air]


def _named(plain: str) -> list[float]:
    percents = [_number(one) for pattern in (_PERCENT, _VENTURI) for one in pattern.findall(plain)]
    return percents + [_BY_COLOUR[one] for one in re.findall("[a-z]+", plain) if one in _BY_COLOUR]


def _flows(plain: str) -> list[float]:
    return [_number(one) for one in _FLOW.findall(plain)]


def _share(litres: float) -> float:
    if litres >= _LAST_LITRES:
        return _BY_LITRES[-1]
    below = int(litres)
    low, high = _BY_LITRES[below], _BY_LITRES[below + 1]
    return low + (high - low) * (litres - below)


def _number(figure: str) -> float:
    return float(figure.replace(",", "."))
