"""Tables as records: what stands in which cell. The templates only lay them out."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nccid_eval.records import Measure, NotEstimable
from nccid_eval.report.parts import wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """To a part of the same page; `href` is its fragment."""

    text: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    text: str
    interval: str = ""  # on a line of its own below the text
    note: str = ""  # and on one more
    kind: str = "text"  # text | number | missing
    span: int = 1  # columns that it takes
    href: str = ""  # the fragment that its text links to
    anchor: str = ""  # of a row's header: the fragment by which others link to the row


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`rows` fill all columns; the first cell of each is the row's header."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    methods: tuple[Link, ...] = ()  # how its numbers are made


def data_uri(rows: Iterable[Sequence[str | float | None]]) -> str:
    """A CSV file as a data: address. Text that a spreadsheet would run as a formula is disarmed by an apostrophe."""
    text = io.StringIO()
    csv.writer(text).writerows([[_csv_cell(cell) for cell in row] for row in rows])
    return "data:text/csv;charset=utf-8;base64," + base64.b64encode(text.getvalue().encode()).decode()


def _csv_cell(cell: str | float | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.6g}"
    if isinstance(cell, int):
        return str(cell)
    shown = wording.clean(cell)
    return "'" + shown if shown.lstrip()[:1] in ("=", "+", "-", "@") else shown


def facts(caption: str, pairs: Mapping[str, str], headings: tuple[str, str] = ("Item", "Value")) -> Table:
    rows = tuple((Cell(text=key), Cell(text=given)) for key, given in pairs.items())
    return Table(caption=caption, headings=headings, rows=rows)


def dash() -> Cell:
    return Cell(text="–", kind="missing")


def count_cell(number: int) -> Cell:
    return Cell(text=wording.count(number), kind="number")


def measure_cell(name: str, measure: Measure) -> Cell:
    if isinstance(measure, NotEstimable):
        return Cell(text=wording.not_estimable(measure), kind="missing")
    return Cell(text=wording.value(name, measure.value), interval=wording.interval(name, measure), kind="number")


def difference_cell(name: str, measure: Measure) -> Cell:
    if isinstance(measure, NotEstimable):
        return Cell(text=wording.not_estimable(measure), kind="missing")
    p = f"p {wording.p_value(measure.p)}, adjusted {wording.p_value(measure.p_adjusted)}"
    return Cell(
        text=wording.difference(name, measure),
        interval=wording.difference_interval(name, measure),
        note=p if measure.p is not None else "",
        kind="number",
    )
