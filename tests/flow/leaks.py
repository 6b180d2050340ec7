"""Looks for suppressed cells in whatever leaves: in JSON, pages, CSV files, databases, plain text.

A cell is hidden where the released scorecard has no counts for it. It leaks where a number stands in its row, under
its name or in one sentence with it, where one of its own numbers stands anywhere, or where shown cells add up to it.
"""

from __future__ import annotations

import base64
import csv
import io
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import numpy as np

from nccid_eval.records import Truth

Place = tuple[str, str]  # attribute, or 'sex × age_band'; level
DATA = re.compile(r"data:text/csv;charset=utf-8;base64,([\w+/=]+)")
NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d{4,}(?:e-?\d+)?(?![\w.])")
BETWEEN = " × "


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """What must not get out: the hidden cells, and numbers that only they have. `minimum` may be told.

    `names` are levels that no other attribute has and that are no common words: sentences are searched for them.
    """

    places: frozenset[Place]
    names: frozenset[str]
    named: re.Pattern[str]  # any of the names, as a word
    numbers: frozenset[str]
    minimum: int

    def tells(self, text: str, *names: str) -> bool:
        """Whether there is a digit besides those of the names and of the minimum."""
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(name, " ")
        return any(int(one) != self.minimum for one in re.findall(r"\d+", text))


def groups(card: Mapping[str, Any]) -> dict[Place, Mapping[str, Any]]:
    """Cells of a scorecard's JSON form: levels, and crossings of two attributes."""
    crossed = (card.get("bias") or {}).get("intersections", {})
    return {
        (name, level): one
        for levels in (card["by_group"], crossed)
        for name, found in levels.items()
        for level, one in found.items()
    }


def is_small(group: Mapping[str, Any], minimum: int) -> bool:
    """Few diseased or few healthy patients; of an attribute that healthy ones lack, few diseased."""
    counts = group["counts"]
    kinds = ["diseased_patients"] if counts.get("diseased_only") else ["diseased_patients", "healthy_patients"]
    return min(counts[kind] for kind in kinds) < minimum


def secret(private: Mapping[str, Any], released: Mapping[str, Any], minimum: int) -> Secret:
    """Hidden cells and their numbers, from the scorecard with all cells and the one that was released."""
    shown = groups(released)
    places = frozenset(place for place in groups(private) if place not in shown or shown[place]["counts"] is None)
    mine = {text for place in places for text in _texts(groups(private)[place])}
    levels = [level for _, level in places]
    names = [one for one in levels if levels.count(one) == 1 and one[:1].isupper() and len(one) > 4]
    words = "|".join(re.escape(one) for one in sorted(names, key=len, reverse=True))
    return Secret(
        places=places,
        names=frozenset(names),
        named=re.compile(rf"(?<![\w-])(?:{words})(?![\w-])"),
        numbers=frozenset(mine - set(_texts(released))),
        minimum=minimum,
    )


def _texts(node: Any) -> Iterator[str]:
    """The numbers below a node as files write them, in full and as CSV; those that many cells share are left out."""
    if isinstance(node, Mapping):
        for one in node.values():
            yield from _texts(one)
    elif isinstance(node, list):
        for one in node:
            yield from _texts(one)
    elif isinstance(node, float) and len(repr(abs(node))) >= 12:
        yield from (repr(node), f"{node:.6g}")


def in_json(node: Any, hidden: Secret, path: tuple[str, ...] = ()) -> list[str]:
    """Numbers below a hidden cell's name, and records that name one beside a number."""
    if isinstance(node, Mapping):
        found = [f"{'/'.join(path)} tells of {place}" for place in _about(node, hidden, path) if _numbers(node)]
        return found + [leak for key, one in node.items() for leak in in_json(one, hidden, (*path, str(key)))]
    if isinstance(node, list):
        return [leak for one in node for leak in in_json(one, hidden, path)]
    under = hidden.places & set(itertools.pairwise(path)) or hidden.names & set(path)
    if under and isinstance(node, int | float) and not isinstance(node, bool):
        return [f"{'/'.join(path)} = {node}"]
    if isinstance(node, str):
        said = [f"{'/'.join(path)} says {node!r}"] if under and hidden.tells(node, *path) else []
        return said + in_text(node, hidden)
    return []


def _about(record: Mapping[str, Any], hidden: Secret, path: tuple[str, ...]) -> list[Place]:
    """Hidden cells that a text of the record names: 'site: Port Merrion', or the level where its attribute stands."""
    said = {one for one in record.values() if isinstance(one, str)}
    if not said:
        return []
    near = {*path, *said}
    return [
        (attribute, level)
        for attribute, level in hidden.places
        if f"{attribute}: {level}" in said or (level in said and attribute in near)
    ]


def _numbers(record: Mapping[str, Any]) -> bool:
    """What a plan assumes is no secret."""
    return any(isinstance(one, int | float) and key != "assumed" for key, one in record.items())


def in_text(text: str, hidden: Secret) -> list[str]:
    """Hidden numbers, and lines that hold a hidden cell's name and a number."""
    found = [f"the number {one}" for one in set(NUMBER.findall(text)) & hidden.numbers]
    for line in text.splitlines():
        named = set(hidden.named.findall(line))
        if named and hidden.tells(line, *named, *(level for _, level in hidden.places)):
            found.append(f"{min(named)}: {line[:200]}")
    return found


def in_page(page: str, hidden: Secret, titles: Mapping[str, str]) -> list[str]:
    """Rows of tables and of the charts' data, and every text of the page; `titles`: attribute -> as it is headed."""
    parser = _Page()
    parser.feed(page)
    found = [leak for table in parser.tables for leak in _in_table(table, hidden, titles)]
    for data in DATA.findall(page):
        found += in_csv(base64.b64decode(data).decode(), hidden)
    return found + [leak for text in parser.texts for leak in in_text(" ".join(text.split()), hidden)]


def in_csv(text: str, hidden: Secret) -> list[str]:
    """Rows that name a hidden level under, or beside, its attribute."""
    header, *rows = list(csv.reader(io.StringIO(text)))
    return [
        f"CSV: {','.join(row)[:200]}"
        for row in rows
        for attribute, level in hidden.places
        if level in row and attribute in (*header, *row) and any(_is_number(cell) for cell in row if cell != level)
    ] + in_text(text, hidden)


def texts_of(page: str) -> list[str]:
    """Every text between tags, in order, without blank ones."""
    parser = _Page()
    parser.feed(page)
    return [text.strip() for text in parser.texts if text.strip()]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _in_table(table: _Table, hidden: Secret, titles: Mapping[str, str]) -> list[str]:
    found = []
    for head, *cells in table.rows:
        for attribute, level in hidden.places:
            title = titles.get(attribute, attribute)
            headed = head == level and any(title in text for text in (table.caption, *table.headings))
            if (headed or head == f"{title}: {level}") and hidden.tells(" ".join(cells), level):
                found.append(f"table '{table.caption}', {attribute} {level}: {cells}")
    return found


class _Table:
    def __init__(self) -> None:
        self.caption, self.headings, self.rows = "", list[str](), list[list[str]]()


class _Page(HTMLParser):
    """Tables cell by cell, and all texts: between tags, of charts, of attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tables, self.texts = list[_Table](), list[str]()
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value for name, value in attrs if value and name in ("aria-label", "title", "alt")]
        if tag == "table":
            self.tables.append(_Table())
        if not self.tables:
            return
        table = self.tables[-1]
        if tag == "tr":
            table.rows.append([])
        elif tag in ("th", "td", "caption"):
            self._inside = tag
            if tag != "caption":
                table.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td", "caption"):
            self._inside = ""
        elif tag == "thead":
            self.tables[-1].headings = [one for row in self.tables[-1].rows for one in row]
            self.tables[-1].rows = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._inside == "caption":
            self.tables[-1].caption += data
        elif self._inside:
            self.tables[-1].rows[-1][-1] += data


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cases:
    """Which cases a cell counts; `sick_only`: those of an attribute that healthy patients lack."""

    rows: np.ndarray
    sick_only: bool


def cases_of(truth: Truth, place: Place, group: Mapping[str, Any]) -> Cases:
    """A crossing's attributes and levels are joined by ' × '."""
    rows = np.ones(len(truth.case), dtype=np.bool_)
    for attribute, level in zip(place[0].split(BETWEEN), place[1].split(BETWEEN), strict=True):
        rows &= np.array([(one or "unknown") == level for one in truth.attributes[attribute].tolist()])
    sick_only = bool(group["counts"].get("diseased_only"))
    return Cases(rows=rows & truth.label if sick_only else rows, sick_only=sick_only)


def derived(truth: Truth, hidden: Mapping[Place, Cases], shown: Mapping[Place, Cases], minimum: int) -> list[str]:
    """Hidden cells that are sums of shown ones, and few patients that stay where one shown set is taken off another.

    Of every shown cell the complement is known too, as the totals are.
    """
    known = {
        ("all", ""): Cases(rows=np.ones(len(truth.case), dtype=np.bool_), sick_only=False),
        ("all", "diseased"): Cases(rows=truth.label, sick_only=True),
    }
    for (attribute, level), one in shown.items():
        rest = truth.label & ~one.rows if one.sick_only else ~one.rows
        known[attribute, level] = one
        known[f"not {attribute}", level] = Cases(rows=rest, sick_only=one.sick_only)
    return _sums(hidden, known) + _remainders(truth, known, minimum)


def _sums(hidden: Mapping[Place, Cases], known: Mapping[Place, Cases]) -> list[str]:
    """By rank: a cell adds no dimension to the shown ones where it is a weighted sum of them."""
    table = np.array([one.rows for one in (*known.values(), *hidden.values())], dtype=np.float64)
    table = np.unique(table, axis=1)  # cases that all cells treat alike are one column
    base = table[: len(known)]
    rank = np.linalg.matrix_rank(base)
    return [
        f"{place} is a sum of shown cells"
        for place, row in zip(hidden, table[len(known) :], strict=True)
        if np.linalg.matrix_rank(np.vstack((base, row))) == rank
    ]


def _remainders(truth: Truth, known: Mapping[Place, Cases], minimum: int) -> list[str]:
    found = []
    for (inner, small), (outer, large) in itertools.permutations(known.items(), 2):
        sick_only = small.sick_only or large.sick_only
        less, more = ((one.rows & truth.label) if sick_only else one.rows for one in (small, large))
        rest = more & ~less
        if not less.any() or (less & ~more).any() or not rest.any():
            continue
        kinds = (True,) if sick_only else (True, False)
        patients = [len(set(truth.patient[rest & (truth.label == sick)].tolist())) for sick in kinds]
        if min(patients) < minimum:
            found.append(f"{outer} less {inner} leaves {patients} patients (diseased, healthy)")
    return found
