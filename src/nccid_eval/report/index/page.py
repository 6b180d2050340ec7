"""The page over all runs: rows of words, links that hold wherever the folder is moved to."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from nccid_eval.records import Estimate
from nccid_eval.report.index.listed import ListedComparison, ListedRun
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.page import page
from nccid_eval.report.technical.standard import counted

MEASURES = {"auc": "AUC", "sensitivity": "Sensitivity", "specificity": "Specificity"}
PAGES = (  # a line each: a release's files, what a link says, what it is called by itself
    (("report.html", "Report", "Report"), ("report.pdf", "PDF", "Report as PDF")),
    (("summary.html", "Summary", "Summary"), ("summary.pdf", "PDF", "Summary as PDF")),
    (("comparison.html", "Comparison", "Comparison"), ("comparison.pdf", "PDF", "Comparison as PDF")),
    (("estimates.csv", "Estimates (CSV)", "Estimates (CSV)"),),
)
SIGNS = {"met": "✓", "not met": "✗", "inconclusive": "?"}
SHORT_DIGEST = 8  # hexadecimal digits
NONE = "–"  # nobody knows
NAME = 100  # characters of a name that are shown: a table stays a table
COLUMNS = (
    ("Date (UTC)", "date"), ("Model", "text"), ("Vendor", "text"), ("Target", "text"), ("Cases", "number"),
    *((label, "number") for label in MEASURES.values()), ("Verdict", "text"), ("Partition", "text"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    text: str
    name: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """`key` sorts: '' comes last, whichever way."""

    text: str
    interval: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    folder: str
    date: str
    time: str
    moment: str
    model: str
    version: str
    vendor: str
    target: str
    numbers: tuple[Number, ...]  # cases, then MEASURES
    verdict: str
    kind: str  # of the verdict: how it is coloured
    sign: str
    partition: str
    notes: tuple[str, ...]
    links: tuple[tuple[Link, ...], ...]  # a line each
    bare: bool  # nothing was measured
    report: str  # the address of its report, "" where there is none


def render_index(runs: Sequence[ListedRun], comparisons: Sequence[ListedComparison]) -> str:
    """All runs of a folder as one HTML file, newest first; without its script the whole table stands there."""
    rows = [_row(one) for one in newest_first(runs)]
    return page(
        "index/index.html",
        {
            "rows": rows,
            "comparisons": [_compared(one) for one in newest_first(comparisons)],
            "headings": [{"text": text, "sort": sort} for text, sort in COLUMNS],
            "level": _level(runs),
            "filters": {
                "vendor": _choices(row.vendor for row in rows),
                "target": _choices(row.target for row in rows),
                "verdict": _choices(row.verdict for row in rows),
            },
            "said": _said(rows, comparisons),
        },
        script="index/index.js",
    )


def newest_first(listed: Iterable[Any]) -> list[Any]:
    """By the moment of their start; those of which nobody noted it come last."""
    return sorted(listed, key=lambda one: (one.moment, one.folder), reverse=True)


def _row(run: ListedRun) -> Row:
    return Row(
        folder=run.folder,
        date=_date(run.moment),
        time=run.moment[11:16],
        moment=run.moment,
        model=_name(run.model),
        version=_name(run.version),
        vendor=_name(run.vendor) or NONE,
        target=wording.target_name(run.target) if run.target else NONE,
        numbers=(_cases(run), *(_number(run, name) for name in MEASURES)),
        verdict=run.verdict,
        kind=run.verdict.replace(" ", "-") if run.verdict in SIGNS else "other",
        sign=SIGNS.get(run.verdict, NONE),
        partition=_short(run.partition),
        notes=_notes(run),
        links=_links(run.folder, run.files),
        bare=run.cases is None,
        report=_address(run.folder, "report.html") if "report.html" in run.files else "",
    )


def _compared(one: ListedComparison) -> dict[str, Any]:
    return {
        "folder": one.folder,
        "date": _date(one.moment),
        "models": [_name(model) for model in one.models],
        "target": wording.target_name(one.target) if one.target else NONE,
        "cases": _cases(one).text,
        "partition": _short(one.partition),
        "links": _links(one.folder, one.files),
        "trouble": one.trouble,
    }


def _name(text: str) -> str:
    return wording.shorten(wording.clean(text), NAME)


def _notes(run: ListedRun) -> tuple[str, ...]:
    """Below the model: the folder, and what somebody who reads the numbers must know."""
    trouble = (f"cannot be read: {run.trouble}",) if run.trouble else ()
    return (*((_name(run.folder),) if run.model else ()), *run.notes, *trouble)


def _level(runs: Sequence[ListedRun]) -> str:
    levels = {run.level for run in runs if run.level is not None}
    if len(levels) > 1:
        return "intervals, each at the level that its own plan fixed"
    return f"{wording.percent(levels.pop())} intervals" if levels else "intervals"


def _date(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%Y-%m-%d}" if moment else NONE


def _cases(one: ListedRun | ListedComparison) -> Number:
    if one.cases is None:
        return Number(text=NONE)
    told = wording.count(one.cases)
    return Number(text=f"{told} {counted(one.units)}" if one.units else told, key=str(one.cases))


def _number(run: ListedRun, name: str) -> Number:
    measure = run.measures.get(name)
    if isinstance(measure, Estimate):
        return Number(
            text=wording.value(name, measure.value), interval=wording.interval(name, measure), key=repr(measure.value)
        )
    return Number(text=NONE if measure is None else wording.not_estimable(measure))


def _short(digest: str) -> str:
    return digest.rpartition(":")[2][:SHORT_DIGEST]


def _links(folder: str, files: Sequence[str]) -> tuple[tuple[Link, ...], ...]:
    lines = (
        tuple(Link(text=text, name=name, to=_address(folder, file)) for file, text, name in line if file in files)
        for line in PAGES
    )
    return tuple(line for line in lines if line)


def _address(folder: str, name: str) -> str:
    """Relative, and encoded: a folder's name may hold anything but a slash."""
    return f"{quote(os.fsencode(folder), safe='')}/release/{quote(name)}"


def _choices(words: Iterable[str]) -> list[str]:
    return sorted(set(words) - {NONE}, key=lambda one: (one.casefold(), one))


def _said(rows: Sequence[Row], comparisons: Sequence[ListedComparison]) -> str:
    if not rows:
        return "No run is finished yet."
    models = {(row.model, row.vendor) for row in rows if row.vendor != NONE}  # predictions made elsewhere have none
    whose = (
        f" of {_many(len(models), 'model')} by {_many(len({one for _, one in models}), 'vendor')}" if models else ""
    )
    said = f"{_many(len(rows), 'run')}{whose}, newest first."
    return f"{said} {_many(len(comparisons), 'comparison')}." if comparisons else said


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
