"""Cells with a number: its unit, its range, and the marks and commas around it."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

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
from nccid_eval.partition.clinical.units import factor, site_unit

_NUMBER = re.compile(
    r"(?P<mark>[<>~≤≥]=?)? ?(?P<sign>[-+−])? ?"
    r"(?P<figure>[0-9][0-9,]*(?:\.[0-9]*)?(?:e[+-]?[0-9]{1,3})?|\.[0-9]+)(?P<unit>.*)",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_DECIMAL_COMMA = re.compile(r"[0-9]+,[0-9]+")
_PRESSURES = re.compile(r"([0-9]{1,3}) ?/ ?([0-9]{1,3})(?: ?mmhg)?", re.IGNORECASE)
_SATURATION = re.compile(r"([0-9.]+) ?%? ?(?:(?:on|in) .*|ra|oa)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """`figures` are the numbers that it can mean, the likelier first; `plain` where nothing is around the number."""

    figures: tuple[float, ...]
    unit: str
    plain: bool


def clean_number(entry: Entry) -> Cleaned:
    """A number in the field's unit. `<0.5` is read as its bound; below `low` or above `high` it has no value.

    A unit that is written counts before the one that the site is known to use; without either it is the form's.
    """
    field, written = entry.field, _parse(entry.text)
    if written is None:
        return UNPARSEABLE
    unit = written.unit or site_unit(field.name, entry.facts.site)
    times = factor(unit, field.unit) if unit else 1.0
    if times is None and written.unit:
        return UNPARSEABLE
    possible = [one * (times or 1.0) for one in written.figures if _can_be(one * (times or 1.0), field)]
    if not possible:
        return OUT_OF_RANGE
    value = format_number(possible[0])
    if len(possible) > 1 or times is None:
        return ambiguous(value)
    return ok(value) if written.plain and times == 1.0 else recoded(value)


def clean_temperature(entry: Entry) -> Cleaned:
    """Degrees Celsius; Fahrenheit only where it says so."""
    fahrenheit = re.fullmatch(r"([0-9]+(?:\.[0-9]*)?) ?(?:°|deg)? ?f", entry.text, re.IGNORECASE)
    if fahrenheit is None:
        return clean_number(entry)
    celsius = (float(fahrenheit.group(1)) - 32.0) / 1.8
    return recoded(f"{celsius:.1f}") if _can_be(celsius, entry.field) else OUT_OF_RANGE


def clean_saturation(entry: Entry) -> Cleaned:
    """Percent. A share of up to 1 is turned into percent; what is said of the air beside it is not read."""
    with_air = _SATURATION.fullmatch(entry.text)
    figure = with_air.group(1) if with_air else entry.text
    written = _parse(figure)
    share = written.figures[0] if written and not written.unit else 0.0
    if 0.0 < share <= 1.0 and _can_be(share * 100.0, entry.field):
        return recoded(format_number(share * 100.0))
    cleaned = clean_number(dataclasses.replace(entry, text=figure))
    return recoded(cleaned.value) if cleaned.value and with_air else cleaned


def clean_systolic(entry: Entry) -> Cleaned:
    return _pressure(entry, 0)


def clean_diastolic(entry: Entry) -> Cleaned:
    return _pressure(entry, 1)


def format_number(number: float) -> str:
    """Plain decimals, ten significant digits."""
    return f"{number:.10g}"


def _pressure(entry: Entry, place: int) -> Cleaned:
    """`137/91` holds both pressures; the upper one must be the higher."""
    both = _PRESSURES.fullmatch(entry.text)
    if both is None:
        return clean_number(entry)
    pressures = [int(one) for one in both.groups()]
    sound = pressures[0] > pressures[1] and _can_be(pressures[place], entry.field)
    return recoded(str(pressures[place])) if sound else OUT_OF_RANGE


def _parse(text: str) -> _Written | None:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    figures = _figures(found["figure"])
    if found["sign"] in ("-", "−"):
        figures = tuple(-one for one in figures)
    unit = found["unit"].strip().removeprefix("+").strip()
    plain = bool(_PLAIN.fullmatch(text))
    return _Written(figures=figures, unit=unit, plain=plain) if figures else None


def _figures(figure: str) -> tuple[float, ...]:
    """`1,234` is 1234 or 1.234; `37,6` is 37.6."""
    if "," not in figure:
        return (float(figure),)
    grouped = (float(figure.replace(",", "")),) if _GROUPED.fullmatch(figure) else ()
    decimal = (float(figure.replace(",", ".")),) if _DECIMAL_COMMA.fullmatch(figure) else ()
    return grouped + decimal


def _can_be(number: float, field: Field) -> bool:
    return field.low <= number <= field.high and (number == int(number) or not field.whole)
